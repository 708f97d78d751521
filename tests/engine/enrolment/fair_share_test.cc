#include "engine/enrolment/fair_share.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"

namespace distinct::enrolment {
namespace {

// Takes single places for `client` until it is refused; how many it got.
int64_t Flood(FairShare& share, const std::string& client) {
  int64_t got = 0;
  for (; share.Allows(client, 1); ++got) share.Take(client, 1);
  return got;
}

TEST(FairShare, OneClientAloneGetsThreeQuarters) {
  FairShare share(256);
  EXPECT_EQ(Flood(share, "a"), 192);
  EXPECT_EQ(share.taken(), 192);
}

TEST(FairShare, WhoComesAfterAFloodGetsInAndTheFloodDoesNotGrow) {
  FairShare share(256);
  Flood(share, "flood");
  EXPECT_TRUE(share.Allows("b", 1));
  EXPECT_GE(Flood(share, "b"), 40);
  EXPECT_FALSE(share.Allows("flood", 1));
  EXPECT_TRUE(share.Allows("c", 1));
}

TEST(FairShare, TwoWhoFloodComeToHoldTheSame) {
  FairShare share(256);
  int64_t a = Flood(share, "a");
  int64_t b = 0;
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    // Any of the calls ends, and both try again at once.
    const bool of_a = static_cast<int64_t>(random() % static_cast<uint64_t>(a + b)) < a;
    share.GiveBack(of_a ? "a" : "b", 1);
    --(of_a ? a : b);
    b += Flood(share, "b");
    a += Flood(share, "a");
  }
  EXPECT_NEAR(static_cast<double>(a), static_cast<double>(b), 0.1 * static_cast<double>(a));
}

TEST(FairShare, ManyClientsFillEveryPlaceAndNoMore) {
  FairShare share(8);
  for (int i = 0; i < 8; ++i) {
    const std::string client = absl::StrCat("c", i);
    EXPECT_TRUE(share.Allows(client, 1)) << client;
    share.Take(client, 1);
  }
  EXPECT_FALSE(share.Allows("another", 1));
  share.GiveBack("c3", 1);
  EXPECT_TRUE(share.Allows("another", 1));
}

TEST(FairShare, MoreThanAllPlacesIsTakenOnlyAlone) {
  FairShare share(8);
  EXPECT_TRUE(share.Allows("a", 100));
  share.Take("a", 100);
  EXPECT_FALSE(share.Allows("b", 1));
  EXPECT_TRUE(share.Allows("b", 0));
  share.GiveBack("a", 100);
  EXPECT_TRUE(share.Allows("b", 1));
}

}  // namespace
}  // namespace distinct::enrolment
