#include "matchers/kernels/vote.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace distinct::kernels {
namespace {

struct Bits {
  uint64_t low, high;
};

std::vector<Bits> Draw(std::mt19937_64& random, int count) {
  std::vector<Bits> codes(static_cast<size_t>(count));
  for (Bits& code : codes) code = {random(), random()};
  return codes;
}

std::string Pack(const std::vector<Bits>& codes) {
  std::string bytes(codes.size() * kCodeBytes, '\0');
  if (!codes.empty()) std::memcpy(bytes.data(), codes.data(), bytes.size());
  return bytes;
}

// Flips each bit of every code with probability 1/8.
std::vector<Bits> Noisy(std::mt19937_64& random, std::vector<Bits> codes) {
  for (Bits& code : codes) {
    code.low ^= random() & random() & random();
    code.high ^= random() & random() & random();
  }
  return codes;
}

// The formula of vote.h, written down once more from its words.
uint16_t Expected(const std::vector<Bits>& probe, const std::vector<Bits>& reference,
                  int threshold) {
  int score = 0;
  for (size_t i = 0; i < std::min<size_t>(probe.size(), kProbeCodesMax); ++i) {
    int nearest = 128;
    for (const Bits& r : reference) {
      nearest = std::min(
          nearest, std::popcount(probe[i].low ^ r.low) + std::popcount(probe[i].high ^ r.high));
    }
    score += std::max(0, threshold - nearest);
  }
  return static_cast<uint16_t>(score);
}

class VoteLevel : public ::testing::TestWithParam<CpuLevel> {};

TEST_P(VoteLevel, EqualsTheFormulaForAnyNumberOfCodesAtAnyAlignment) {
  RecordProperty("cpu_level", std::string(CpuLevelName(GetParam())));
  std::mt19937_64 random(7);
  for (int probe_count = 0; probe_count <= 60; ++probe_count) {
    const std::vector<Bits> probe = Draw(random, probe_count);
    for (const int threshold : {1, 32, 40, 127}) {
      const VoteProbe prepared(Pack(probe), static_cast<uint8_t>(threshold));
      std::vector<std::string> bytes;
      std::vector<uint16_t> want;
      for (int count = 0; count <= 60; count += 1 + probe_count % 4) {
        std::vector<Bits> reference = Noisy(random, probe);
        reference.resize(std::min<size_t>(reference.size(), static_cast<size_t>(count)));
        const std::vector<Bits> other = Draw(random, count - static_cast<int>(reference.size()));
        reference.insert(reference.end(), other.begin(), other.end());
        want.push_back(Expected(probe, reference, threshold));
        bytes.push_back(std::string(static_cast<size_t>(count % 16), 'x') + Pack(reference));
      }
      std::vector<std::string_view> references;
      for (const std::string& b : bytes) {
        references.push_back(std::string_view(b).substr(b.size() % kCodeBytes));
      }
      std::vector<uint16_t> got(references.size());
      VoteAt(GetParam(), prepared, references, absl::MakeSpan(got));
      EXPECT_EQ(got, want) << probe_count << " probe codes, threshold " << threshold;
    }
  }
}

TEST_P(VoteLevel, ComplementsAreAtTheGreatestDistanceAndDoNotVote) {
  const std::vector<Bits> probe(48, Bits{0, 0});
  const std::string opposite = Pack({{~uint64_t{0}, ~uint64_t{0}}});
  const std::string_view reference = opposite;
  uint16_t score = 1;
  VoteAt(GetParam(), VoteProbe(Pack(probe), 127), {&reference, 1}, {&score, 1});
  EXPECT_EQ(score, 0);
}

TEST_P(VoteLevel, EveryCodeOfAnIdenticalPrintVotesInFull) {
  std::mt19937_64 random(8);
  const std::string print = Pack(Draw(random, 48));
  const std::string_view reference = print;
  uint16_t score = 0;
  VoteAt(GetParam(), VoteProbe(print), {&reference, 1}, {&score, 1});
  EXPECT_EQ(score, 48 * kVoteThresholdBits);
}

INSTANTIATE_TEST_SUITE_P(Levels, VoteLevel, ::testing::ValuesIn(SupportedLevels()),
                         [](const auto& level) { return std::string(CpuLevelName(level.param)); });

// The levels give equal scores, so which of them ran is shown on the row itself.
TEST(Vote, ARowOfTheDispatchTableAnswersWithItsLevel) {
  constexpr PerLevel<int> kRow = {0, 1, 2};
  EXPECT_EQ(kRow.At(CpuLevel::kScalar), 0);
  EXPECT_EQ(kRow.At(CpuLevel::kAvx2), 1);
  EXPECT_EQ(kRow.At(CpuLevel::kAvx512), 2);
}

TEST(Vote, OnlyTheBestCodesOfALongProbeVote) {
  std::mt19937_64 random(9);
  const std::vector<Bits> codes = Draw(random, 60);
  EXPECT_EQ(VoteProbe(Pack(codes)).count(), kProbeCodesMax);
  const std::string last = Pack({codes.back()});
  const std::string_view reference = last;
  uint16_t score = 1;
  Vote(VoteProbe(Pack(codes)), {&reference, 1}, {&score, 1});
  EXPECT_EQ(score, Expected(codes, {codes.back()}, kVoteThresholdBits));
}

}  // namespace
}  // namespace distinct::kernels
