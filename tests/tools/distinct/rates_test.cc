#include "tools/distinct/rates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace distinct::cli {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

std::vector<WeightedScore> Falling(const std::vector<float>& scores) {
  std::vector<WeightedScore> result;
  for (const float score : scores) result.push_back({score, 1});
  SortFalling(result);
  return result;
}

Rates RatesOf(const std::vector<float>& mated, const std::vector<float>& nonmated) {
  return ComputeRates(Falling(mated), Falling(nonmated));
}

// The definitions of rates.h, word by word, over every threshold that can matter.
double ShareAbove(const std::vector<float>& scores, float threshold) {
  const auto above =
      std::count_if(scores.begin(), scores.end(), [&](float s) { return s > threshold; });
  return static_cast<double>(above) / static_cast<double>(scores.size());
}

std::vector<float> Thresholds(const std::vector<float>& mated, const std::vector<float>& nonmated) {
  std::vector<float> thresholds = mated;
  thresholds.insert(thresholds.end(), nonmated.begin(), nonmated.end());
  thresholds.push_back(kNever);
  std::sort(thresholds.begin(), thresholds.end());
  return thresholds;
}

double BruteForceFnmr(const std::vector<float>& mated, const std::vector<float>& nonmated,
                      uint64_t accepted_max) {
  for (const float threshold : Thresholds(mated, nonmated)) {  // the lowest first
    const auto accepted =
        std::count_if(nonmated.begin(), nonmated.end(), [&](float s) { return s > threshold; });
    if (static_cast<uint64_t>(accepted) <= accepted_max) return 1 - ShareAbove(mated, threshold);
  }
  return 1;
}

TEST(Rates, SeparatedScoresHaveNoErrors) {
  const Rates rates = RatesOf({5, 6, 7}, {1, 2, 3});
  EXPECT_EQ(rates.mated, 3U);
  EXPECT_EQ(rates.nonmated, 3U);
  EXPECT_DOUBLE_EQ(*rates.eer, 0);
  EXPECT_DOUBLE_EQ(*rates.fnmr_at_fmr[0], 0);
  EXPECT_DOUBLE_EQ(*rates.fnmr_at_zero_fmr, 0);
}

TEST(Rates, APairAtTheThresholdIsNotAccepted) {
  // FMR 0 forces the threshold to 4, and a mated pair of score 4 is then a miss.
  EXPECT_DOUBLE_EQ(*RatesOf({4, 5}, {4, 1}).fnmr_at_zero_fmr, 0.5);
}

TEST(Rates, AtMostTheFloorOfTheAllowedNonmatedPairsIsAccepted) {
  std::vector<float> nonmated(199, 0);  // floor(1e-2 x 199) = 1
  nonmated[0] = 10;
  nonmated[1] = 9;
  const Rates rates = RatesOf({9, 9.5, 11, 12}, nonmated);
  EXPECT_DOUBLE_EQ(*rates.fnmr_at_fmr[0], 0.25);  // threshold 9: only the pair of score 9 is missed
  EXPECT_DOUBLE_EQ(*rates.fnmr_at_fmr[1], 0.5);   // threshold 10
  EXPECT_DOUBLE_EQ(*rates.fnmr_at_zero_fmr, 0.5);
}

TEST(Rates, AFailureToExtractIsAMissAtEveryThreshold) {
  const Rates rates = RatesOf({kNever, 5, 5, 5}, {kNever, kNever, 1});
  EXPECT_DOUBLE_EQ(*rates.fnmr_at_fmr[0], 0.25);
  EXPECT_DOUBLE_EQ(*RatesOf({kNever, kNever}, {kNever}).eer, 1);
  EXPECT_DOUBLE_EQ(*RatesOf({kNever, 5}, {kNever, kNever}).fnmr_at_zero_fmr, 0.5);
}

TEST(Rates, EqualErrorRateIsInterpolatedBetweenNeighbouringScores) {
  // Thresholds falling: (FMR, FNMR) = (0, 1/2) at 3, (1/3, 1/2) at 2, (1/3, 0) at 1: the lines
  // FMR = 1/3 and FNMR from 1/2 to 0 cross at 1/3.
  EXPECT_DOUBLE_EQ(*RatesOf({4, 2}, {3, 0.5, 0.25}).eer, 1.0 / 3);
  // From (0, 3/4) to (1/2, 0): they meet after 3/5 of the way.
  EXPECT_DOUBLE_EQ(*RatesOf({5, 1, 1, 1}, {1, 0}).eer, 0.3);
  // One score shared by both: from (0, 1) to (1, 0) at once, they meet half way.
  EXPECT_DOUBLE_EQ(*RatesOf({1}, {1}).eer, 0.5);
}

TEST(Rates, NothingToCompareIsNoRate) {
  EXPECT_FALSE(RatesOf({1}, {}).eer.has_value());
  EXPECT_FALSE(RatesOf({}, {1}).fnmr_at_zero_fmr.has_value());
}

TEST(Rates, EqualTheDefinitionOnRandomScores) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    // Few different scores, so that ties are common.
    std::uniform_int_distribution<int> low(0, 40), high(20, 80);
    std::vector<float> mated, nonmated;
    for (int i = 0; i < 60; ++i) mated.push_back(i < 2 ? kNever : static_cast<float>(high(random)));
    for (int i = 0; i < 350; ++i) nonmated.push_back(static_cast<float>(low(random)));
    const Rates rates = RatesOf(mated, nonmated);
    EXPECT_NEAR(*rates.fnmr_at_fmr[0], BruteForceFnmr(mated, nonmated, 3), 1e-12) << seed;
    EXPECT_NEAR(*rates.fnmr_at_fmr[1], BruteForceFnmr(mated, nonmated, 0), 1e-12) << seed;
    EXPECT_NEAR(*rates.fnmr_at_zero_fmr, BruteForceFnmr(mated, nonmated, 0), 1e-12) << seed;
    double low_bound = 0, high_bound = 1;  // the EER lies between the errors' min and max anywhere
    for (const float t : Thresholds(mated, nonmated)) {
      const double fmr = ShareAbove(nonmated, t), fnmr = 1 - ShareAbove(mated, t);
      low_bound = std::max(low_bound, std::min(fmr, fnmr));
      high_bound = std::min(high_bound, std::max(fmr, fnmr));
    }
    EXPECT_GE(*rates.eer, low_bound - 1e-12) << seed;
    EXPECT_LE(*rates.eer, high_bound + 1e-12) << seed;
  }
}

TEST(Rates, AWeightIsThatManyPairs) {
  const std::vector<WeightedScore> mated = {{9, 2}, {5, 3}, {3, 0}};
  const std::vector<WeightedScore> nonmated = {{6, 1}, {4, 4}, {1, 2}};
  const Rates weighted = ComputeRates(mated, nonmated);
  const Rates written_out = RatesOf({9, 9, 5, 5, 5}, {6, 4, 4, 4, 4, 1, 1});
  EXPECT_EQ(weighted.mated, written_out.mated);
  EXPECT_EQ(weighted.nonmated, written_out.nonmated);
  EXPECT_DOUBLE_EQ(*weighted.eer, *written_out.eer);
  EXPECT_DOUBLE_EQ(*weighted.fnmr_at_zero_fmr, *written_out.fnmr_at_zero_fmr);
}

}  // namespace
}  // namespace distinct::cli
