#include "tools/distinct/intervals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace distinct::cli {
namespace {

// `identities` people with two images each; mated scores one step above the non-mated ones.
ScoredPairs Population(uint32_t identities, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0, 1);
  ScoredPairs pairs;
  pairs.identities_of_set = {identities};
  for (uint32_t a = 0; a < identities; ++a) {
    pairs.mated.push_back({2 + noise(random), a, a});
    for (uint32_t b = a + 1; b < identities; ++b) pairs.nonmated.push_back({noise(random), a, b});
  }
  const auto falling = [](const auto& a, const auto& b) { return a.score > b.score; };
  std::sort(pairs.mated.begin(), pairs.mated.end(), falling);
  std::sort(pairs.nonmated.begin(), pairs.nonmated.end(), falling);
  return pairs;
}

TEST(Intervals, MorePeopleNarrowThem) {
  const RateIntervals few = BootstrapIntervals(Population(20, 1), 300, 1, 2);
  const RateIntervals many = BootstrapIntervals(Population(300, 1), 300, 1, 2);
  ASSERT_TRUE(few.eer && many.eer);
  EXPECT_LT(few.eer->low, few.eer->high);
  EXPECT_LT(many.eer->high - many.eer->low, (few.eer->high - few.eer->low) / 2);
}

TEST(Intervals, HoldTheTrueRateAboutAsOftenAsTheySay) {
  // Normal scores one apart from the middle: EER = 1 - Phi(1) = 0.1587.
  int held = 0;
  for (uint32_t seed = 0; seed < 40; ++seed) {
    const RateIntervals intervals = BootstrapIntervals(Population(100, seed), 200, seed, 2);
    held += intervals.eer->low <= 0.1587 && 0.1587 <= intervals.eer->high;
  }
  EXPECT_GE(held, 34);  // of 40 at 95 %: fewer than 34 has probability 0.003
}

TEST(Intervals, AreTheSameOnAnyNumberOfThreads) {
  const ScoredPairs pairs = Population(50, 3);
  const RateIntervals one = BootstrapIntervals(pairs, 100, 7, 1);
  const RateIntervals four = BootstrapIntervals(pairs, 100, 7, 4);
  EXPECT_EQ(one.eer->low, four.eer->low);
  EXPECT_EQ(one.fnmr_at_zero_fmr->high, four.fnmr_at_zero_fmr->high);
}

}  // namespace
}  // namespace distinct::cli
