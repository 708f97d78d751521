#include "tools/distinct/pair_plan.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace distinct::cli {
namespace {

ImageSet SetOf(uint32_t identities, uint32_t impressions) {
  ImageSet set;
  set.identities = identities;
  for (uint32_t i = 0; i < identities * impressions; ++i) {
    set.images.push_back({"", "", "", i % identities});  // identities interleaved
  }
  return set;
}

struct Taken {
  uint64_t mated = 0;
  std::vector<std::pair<uint32_t, uint32_t>> nonmated;
};

Taken Walk(const ImageSet& set, const PairPlan& plan) {
  Taken taken;
  for (uint32_t probe = 0; probe < set.images.size(); ++probe) {
    plan.ForEachInRow(probe, [&](uint32_t reference, bool mated) {
      EXPECT_LT(probe, reference);
      EXPECT_EQ(mated, set.images[probe].identity_index == set.images[reference].identity_index);
      if (mated) {
        ++taken.mated;
      } else {
        taken.nonmated.emplace_back(probe, reference);
      }
    });
  }
  return taken;
}

TEST(PairPlan, TakesEachPairOnce) {
  const ImageSet set = SetOf(10, 8);  // an FVC development set
  const PairPlan plan(set, kNonmatedMax);
  const Taken taken = Walk(set, plan);
  EXPECT_EQ(taken.mated, 280U);
  EXPECT_EQ(taken.nonmated.size(), 2880U);
  EXPECT_EQ(std::set(taken.nonmated.begin(), taken.nonmated.end()).size(), 2880U);
}

TEST(PairPlan, SpacesTheSubsetEvenlyAndKeepsEveryMatedPair) {
  const ImageSet set = SetOf(10, 8);
  const PairPlan plan(set, 100);
  EXPECT_EQ(plan.nonmated_total(), 2880U);
  const Taken taken = Walk(set, plan);
  EXPECT_EQ(taken.mated, 280U);
  ASSERT_EQ(taken.nonmated.size(), 100U);
  const Taken all = Walk(set, PairPlan(set, kNonmatedMax));
  size_t last = 0;
  for (size_t i = 0, k = 0; i < all.nonmated.size(); ++i) {
    if (k == taken.nonmated.size() || all.nonmated[i] != taken.nonmated[k]) continue;
    if (k++ > 0) {
      EXPECT_GE(i - last, 28U);  // 2880 / 100 = 28.8
      EXPECT_LE(i - last, 29U);
    }
    last = i;
  }
}

}  // namespace
}  // namespace distinct::cli
