#include "tools/distinct/voting_misses.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/tools/distinct/made_up_sets.h"

namespace distinct::cli {
namespace {

constexpr size_t kCodes = 8, kCodeBytes = 16;

std::string RandomCodes(std::mt19937_64& random) {
  std::string codes;
  for (size_t i = 0; i < kCodes * kCodeBytes; ++i) codes.push_back(static_cast<char>(random()));
  return codes;
}

// One print a finger, seen as often as there are impressions.
std::vector<std::string> CodesOf(const ImageSet& set, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string> of_identity(set.identities), codes;
  for (std::string& print : of_identity) print = RandomCodes(random);
  for (const ImageFile& image : set.images) codes.push_back(of_identity[image.identity_index]);
  return codes;
}

class Voting : public ::testing::Test {
 protected:
  // 60 fingers, three images each: of 177 others, one may pass before a mate.
  ImageSet set_ = MadeUpSet("a", 60, 3).set;
  std::vector<std::string> codes_ = CodesOf(set_, 1);

  VotingMisses Count() const {
    const std::vector<std::vector<std::string>> codes = {codes_};
    const std::vector<const ImageSet*> sets = {&set_};
    return CountVotingMisses(sets, codes).front();
  }
};

TEST_F(Voting, FindsAMateOfTheSameCodes) {
  EXPECT_EQ(Count().mated, 180U);
  EXPECT_EQ(Count().missed, 0U);
}

TEST_F(Voting, MissesAMateWithoutCodesAndOneWhoseCodesAreAnothers) {
  codes_[1].clear();
  EXPECT_EQ(Count().missed, 2U);  // pairs (0, 1) and (1, 2)
  std::mt19937_64 random(2);
  codes_[1] = RandomCodes(random);
  EXPECT_EQ(Count().missed, 2U);
  EXPECT_DOUBLE_EQ(Count().Rate(), 2.0 / 180);
}

TEST_F(Voting, LetsOneInAHundredStandBeforeAMateAndNoMore) {
  // Images 3 and 6 are of others but look like image 0's finger; half of image 1's codes are lost.
  std::mt19937_64 random(3);
  codes_[1] = codes_[0].substr(0, codes_[0].size() / 2) +
              RandomCodes(random).substr(0, codes_[0].size() / 2);
  codes_[3] = codes_[0];
  const uint64_t one_before = Count().missed;
  codes_[6] = codes_[0];
  const uint64_t two_before = Count().missed;
  EXPECT_EQ(one_before, 2U);            // 3 from its own mates
  EXPECT_EQ(two_before, 2U + 2U + 3U);  // and 6 from its own, and all of the first finger
}

TEST_F(Voting, StrangersOfOtherSetsStandBeforeAMateToo) {
  const ImageSet other = MadeUpSet("b", 1, 2).set;
  const std::vector<std::vector<std::string>> codes = {codes_, {codes_[0], codes_[0]}};
  const std::vector<const ImageSet*> sets = {&set_, &other};
  const std::vector<VotingMisses> misses = CountVotingMisses(sets, codes);
  EXPECT_EQ(misses[0].missed, 3U);  // all of the first finger: as good is not better
  EXPECT_EQ(misses[1].mated, 1U);
  EXPECT_EQ(misses[1].missed, 1U);
}

}  // namespace
}  // namespace distinct::cli
