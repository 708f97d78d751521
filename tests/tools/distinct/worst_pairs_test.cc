#include "tools/distinct/worst_pairs.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/tools/distinct/made_up_sets.h"
#include "tools/distinct/misses.h"
#include "tools/distinct/pair_plan.h"
#include "tools/distinct/pool.h"

namespace distinct::cli {
namespace {

TEST(WorstPairs, AreTheLowestMatedAndTheHighestNonmated) {
  std::vector<SetScores> sets = {MadeUpSet("a", 3, 2), MadeUpSet("b", 3, 2)};
  PairAt(sets[0], 0, 1).score = 0.5;
  PairAt(sets[1], 2, 3).score = 0.25;
  PairAt(sets[1], 0, 4).score = 9;
  const std::vector<PairOfSet> mated = LowestMated(sets, 2), nonmated = HighestNonmated(sets, 1);
  ASSERT_EQ(mated.size(), 2U);
  EXPECT_EQ(mated[0].set, 1U);
  EXPECT_EQ(mated[0].pair.probe, 2U);
  EXPECT_EQ(mated[1].set, 0U);
  EXPECT_EQ(mated[1].pair.score, 0.5);
  ASSERT_EQ(nonmated.size(), 1U);
  EXPECT_EQ(nonmated[0].set, 1U);
  EXPECT_EQ(nonmated[0].pair.reference, 4U);
}

TEST(WorstPairs, OneIdentityDoesNotFillTheList) {
  std::vector<SetScores> sets = {MadeUpSet("a", 2, 4)};  // six mated pairs of each
  for (PairScore& pair : sets[0].pairs) {
    if (pair.mated && pair.probe < 4) pair.score = 0;
  }
  const std::vector<PairOfSet> worst = LowestMated(sets, 4);
  ASSERT_EQ(worst.size(), 2 * kWorstOfOneMax);
  EXPECT_EQ(worst[kWorstOfOneMax - 1].pair.score, 0);
  EXPECT_GE(worst[kWorstOfOneMax].pair.probe, 4U);
  EXPECT_EQ(HighestNonmated(sets, 4).size(), kWorstOfOneMax);  // there is one pair of identities
}

TEST(WorstPairs, APairWithoutATemplateHasNoPicture) {
  std::vector<SetScores> sets = {MadeUpSet("a", 2, 2)};
  PairAt(sets[0], 0, 1).score = kFailureScore;
  const std::vector<PairOfSet> worst = LowestMated(sets, 4);
  ASSERT_EQ(worst.size(), 1U);
  EXPECT_EQ(worst[0].pair.probe, 2U);
}

TEST(Misses, AreCountedByIdentityAndTheWorstComesFirst) {
  std::vector<SetScores> sets = {MadeUpSet("a", 3, 3), MadeUpSet("b", 3, 3)};
  PairAt(sets[0], 0, 1).score = 1.5;
  PairAt(sets[1], 3, 4).score = 1;
  PairAt(sets[1], 4, 5).score = kFailureScore;
  PairAt(sets[1], 0, 3).score = 0;  // non-mated
  const std::vector<MissesOfIdentity> misses = MissesByIdentity(sets, 1.5);
  ASSERT_EQ(misses.size(), 2U);
  EXPECT_EQ(misses[0].set, 1U);
  EXPECT_EQ(misses[0].identity, "2");
  EXPECT_EQ(misses[0].missed, 2U);
  EXPECT_EQ(misses[0].mated, 3U);
  EXPECT_EQ(misses[1].identity, "1");
  EXPECT_EQ(misses[1].missed, 1U);  // at the threshold is not above it
}

TEST(Pool, APairHasTheLowerQualityOfItsImages) {
  SetScores scores = MadeUpSet("a", 2, 2);
  scores.facts[1].quality = Quality{20};
  scores.facts[3].quality.reset();
  const ScoredPairs pairs = Pool({&scores, 1});
  ASSERT_EQ(pairs.mated.size(), 2U);
  const bool in_order = pairs.mated[0].probe_identity == 0;
  EXPECT_EQ(pairs.mated[in_order ? 0 : 1].quality, 20);
  EXPECT_EQ(pairs.mated[in_order ? 1 : 0].quality, kNoTemplateQuality);
}

}  // namespace
}  // namespace distinct::cli
