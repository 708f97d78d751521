#include "tools/distinct/discard_curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace distinct::cli {
namespace {

constexpr float kThreshold = 5;
constexpr WeightedScore kMissed{4, 1}, kAccepted{6, 1};

struct Pair {
  bool missed = false;
  int quality = 0;
};

DiscardCurve CurveOf(const std::vector<Pair>& pairs) {
  DiscardCurve curve(kThreshold);
  for (const Pair& pair : pairs) curve.Add(pair.missed ? kMissed : kAccepted, pair.quality);
  return curve;
}

TEST(DiscardCurve, LeavesOutTheWorstQualityFirst) {
  DiscardCurve curve = CurveOf({{true, 10}, {true, 20}, {false, 20}});
  for (int i = 0; i < 7; ++i) curve.Add(kAccepted, 90);
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0), 0.2);        // two of ten
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0.1), 1.0 / 9);  // the one of quality 10 is out
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0.2), 0.5 / 8);  // and one of the two of quality 20, either
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0.3), 0);
  EXPECT_DOUBLE_EQ(*RelativeFall(curve, 0.1), 1 - (1.0 / 9) / 0.2);
  EXPECT_DOUBLE_EQ(*RelativeFall(curve, 0.3), 1);
}

TEST(DiscardCurve, AQualityThatPointsTheWrongWayRaisesIt) {
  const DiscardCurve curve = CurveOf({{false, 1}, {false, 2}, {true, 3}, {true, 4}});
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0.5), 1);
  EXPECT_DOUBLE_EQ(*RelativeFall(curve, 0.5), -1);
}

TEST(DiscardCurve, OneQualityForAllLeavesItLevel) {
  const DiscardCurve curve = CurveOf({{true, 50}, {false, 50}, {false, 50}, {false, 50}});
  for (const double discarded : {0.0, 0.05, 0.3, 0.9}) {
    EXPECT_NEAR(*curve.FnmrAt(discarded), 0.25, 1e-12) << discarded;
  }
}

TEST(DiscardCurve, ImagesWithoutATemplateLeaveBeforeQualityZero) {
  DiscardCurve curve = CurveOf({{false, 0}});
  curve.Add({-std::numeric_limits<float>::infinity(), 1}, kNoTemplateQuality);
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0), 0.5);
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0.5), 0);
}

TEST(DiscardCurve, APairAtTheThresholdIsMissedAndAWeightIsThatManyPairs) {
  DiscardCurve curve(kThreshold);
  curve.Add({kThreshold, 3}, 10);
  curve.Add({6, 1}, 20);
  curve.Add({1, 0}, 30);
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0), 0.75);
  EXPECT_DOUBLE_EQ(*curve.FnmrAt(0.5), 0.5);  // two of the three are out
}

TEST(DiscardCurve, WithoutPairsOrMissesThereIsNothingToFall) {
  EXPECT_FALSE(CurveOf({}).FnmrAt(0).has_value());
  EXPECT_FALSE(RelativeFall(CurveOf({}), kDiscardShare).has_value());
  EXPECT_FALSE(RelativeFall(CurveOf({{false, 1}, {false, 2}}), kDiscardShare).has_value());
}

// The mean, over every order of rising quality, of FNMR of what is left.
double MeanOverOrders(const std::vector<Pair>& pairs, size_t left_out) {
  std::vector<size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  double sum = 0, orders = 0;
  do {
    const bool rising = std::is_sorted(order.begin(), order.end(), [&](size_t a, size_t b) {
      return pairs[a].quality < pairs[b].quality;
    });
    if (!rising) continue;
    const auto missed = std::count_if(order.begin() + static_cast<std::ptrdiff_t>(left_out),
                                      order.end(), [&](size_t i) { return pairs[i].missed; });
    sum += static_cast<double>(missed) / static_cast<double>(pairs.size() - left_out);
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  return sum / orders;
}

TEST(DiscardCurve, IsTheMeanOverEveryOrderOfPairsOfOneQuality) {
  for (uint32_t seed = 0; seed < 5; ++seed) {
    std::mt19937 random(seed);
    std::vector<Pair> pairs(7);
    for (Pair& pair : pairs) {
      pair.missed = random() % 3 == 0;
      pair.quality = static_cast<int>(random() % 3);
    }
    const DiscardCurve curve = CurveOf(pairs);
    for (size_t left_out = 0; left_out < pairs.size(); ++left_out) {
      const double share = static_cast<double>(left_out) / static_cast<double>(pairs.size());
      EXPECT_NEAR(*curve.FnmrAt(share), MeanOverOrders(pairs, left_out), 1e-12) << seed;
    }
  }
}

}  // namespace
}  // namespace distinct::cli
