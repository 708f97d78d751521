#include "matchers/fusion/fusion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace distinct::fusion {
namespace {

std::vector<PositionEvidence> Evidence(const std::vector<float>& llrs) {
  std::vector<PositionEvidence> evidence;
  for (size_t i = 0; i < llrs.size(); ++i) {
    const Position position = kPositions[(i + 1) % kPositions.size()];
    evidence.push_back({position, position, ComparisonScore{0}, Llr{llrs[i]}});
  }
  return evidence;
}

float Fused(const std::vector<float>& llrs) { return Fuse(Evidence(llrs)).value; }

std::vector<float> Draw(std::mt19937& random) {
  std::vector<float> llrs(1 + random() % 12);
  std::normal_distribution<float> normal(0, 8);
  for (float& llr : llrs) llr = normal(random);
  return llrs;
}

TEST(Fusion, NoPositionIsNoEvidence) { EXPECT_EQ(Fuse({}).value, 0); }

TEST(Fusion, AModerateLlrOfOnePositionIsKept) {
  EXPECT_FLOAT_EQ(Fused({5.5F}), 5.5F);
  EXPECT_FLOAT_EQ(Fused({-1.5F}), -1.5F);
}

TEST(Fusion, TheOrderOfPositionsDoesNotMatterToTheBit) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> llrs = Draw(random);
    const float want = Fused(llrs);
    std::shuffle(llrs.begin(), llrs.end(), random);
    EXPECT_EQ(Fused(llrs), want);
  }
}

TEST(Fusion, SwappingProbeAndReferenceChangesNothing) {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    std::vector<PositionEvidence> evidence = Evidence(Draw(random));
    evidence[0].reference = Position::kUnknownFinger;
    const float want = Fuse(evidence).value;
    for (PositionEvidence& e : evidence) std::swap(e.probe, e.reference);
    EXPECT_EQ(Fuse(evidence).value, want);
  }
}

TEST(Fusion, MoreEvidenceInAnyPositionNeverLowersTheSum) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<float> llrs = Draw(random);
    const float before = Fused(llrs);
    llrs[random() % llrs.size()] += std::abs(std::normal_distribution<float>(0, 5)(random));
    EXPECT_GE(Fused(llrs), before - 1e-5F);
  }
}

TEST(Fusion, AnotherPositionMovesTheSumInTheDirectionOfItsSign) {
  std::mt19937 random(4);
  for (int round = 0; round < 500; ++round) {
    std::vector<float> llrs = Draw(random);
    llrs.resize(std::min<size_t>(llrs.size(), 11));
    const float before = Fused(llrs);
    const float more = std::normal_distribution<float>(0, 5)(random);
    llrs.push_back(more);
    if (more > 0) {
      EXPECT_GE(Fused(llrs), before - 1e-5F);
    } else {
      EXPECT_LE(Fused(llrs), before + 1e-5F);
    }
  }
}

TEST(Fusion, OnePositionCannotDecideAlonePastItsBounds) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isfinite(Fused({infinity, -infinity})));
  EXPECT_EQ(Fused({1000}), Fused({infinity}));
  EXPECT_EQ(Fused({-1000}), Fused({-infinity}));
  // A single failed capture does not outweigh two fingers that agree.
  EXPECT_GT(Fused({9, 9, -1000}), 13.8F);
}

}  // namespace
}  // namespace distinct::fusion
