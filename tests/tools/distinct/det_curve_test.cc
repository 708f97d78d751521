#include "tools/distinct/det_curve.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace distinct::cli {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

std::vector<WeightedScore> Falling(const std::vector<float>& scores) {
  std::vector<WeightedScore> result;
  result.reserve(scores.size());
  for (const float score : scores) result.push_back({score, 1});
  SortFalling(result);
  return result;
}

std::vector<DetPoint> Det(const std::vector<float>& mated, const std::vector<float>& nonmated) {
  return DetCurve(Falling(mated), Falling(nonmated));
}

// FNMR at this FMR, read off the staircase.
double Read(const std::vector<DetPoint>& det, double fmr) {
  double fnmr = 2;
  for (const DetPoint& point : det) {
    if (point.fmr <= fmr) fnmr = point.fnmr;
  }
  return fnmr;
}

void ExpectPoint(const DetPoint& point, double fmr, double fnmr) {
  EXPECT_DOUBLE_EQ(point.fmr, fmr);
  EXPECT_DOUBLE_EQ(point.fnmr, fnmr);
}

TEST(DetCurve, HasAStepWhereAMatedPairIsAccepted) {
  // Thresholds falling: 4 accepted alone; then, to accept 2, the non-mated 3 comes with it.
  const std::vector<DetPoint> det = Det({4, 2}, {3, 0.5, 0.25});
  ASSERT_EQ(det.size(), 2U);
  ExpectPoint(det[0], 0, 0.5);
  ExpectPoint(det[1], 1.0 / 3, 0);
}

TEST(DetCurve, ScoresSharedByBothAreAcceptedTogether) {
  const std::vector<DetPoint> det = Det({5, 3, 3}, {3, 1});
  ASSERT_EQ(det.size(), 2U);
  ExpectPoint(det[0], 0, 2.0 / 3);
  ExpectPoint(det[1], 0.5, 0);
}

TEST(DetCurve, AFailureToExtractIsNeverReached) {
  const std::vector<DetPoint> det = Det({5, kNever}, {1, kNever});
  ASSERT_EQ(det.size(), 1U);
  ExpectPoint(det[0], 0, 0.5);
}

TEST(DetCurve, StartsAtFmrZeroEvenIfNothingIsAcceptedThere) {
  const std::vector<DetPoint> det = Det({1}, {2, 3});
  ASSERT_EQ(det.size(), 2U);
  ExpectPoint(det[0], 0, 1);
  ExpectPoint(det[1], 1, 0);
  EXPECT_TRUE(Det({}, {1}).empty());
  EXPECT_TRUE(Det({1}, {}).empty());
}

TEST(DetCurve, SaysAtEveryFmrWhatTheRatesSay) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    std::vector<WeightedScore> mated, nonmated;
    for (int i = 0; i < 60; ++i) {
      // Few different scores, so that ties are common; weights as the bootstrap gives them.
      mated.push_back(
          {i < 2 ? kNever : static_cast<float>(20 + random() % 60), static_cast<uint32_t>(i % 3)});
    }
    for (int i = 0; i < 900; ++i) {
      nonmated.push_back({static_cast<float>(random() % 40), static_cast<uint32_t>(1 + i % 2)});
    }
    SortFalling(mated);
    SortFalling(nonmated);
    const Rates rates = ComputeRates(mated, nonmated);
    const std::vector<DetPoint> det = DetCurve(mated, nonmated);
    EXPECT_NEAR(Read(det, 0), *rates.fnmr_at_zero_fmr, 1e-12) << seed;
    EXPECT_NEAR(Read(det, 0.01), *rates.fnmr_at_fmr[0], 1e-12) << seed;
    EXPECT_NEAR(Read(det, 0.001), *rates.fnmr_at_fmr[1], 1e-12) << seed;
    for (size_t i = 1; i < det.size(); ++i) {
      EXPECT_LT(det[i - 1].fmr, det[i].fmr) << seed;
      EXPECT_GT(det[i - 1].fnmr, det[i].fnmr) << seed;
    }
  }
}

}  // namespace
}  // namespace distinct::cli
