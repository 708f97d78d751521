#include "engine/search/decision.h"

#include <gtest/gtest.h>

#include <cmath>

namespace distinct::search {
namespace {

TEST(Decision, AThresholdBelongsToTheBandAboveIt) {
  const Policy policy = kFirstPolicy;
  const float below_duplicate = std::nextafter(policy.duplicate.value, 0.F);
  const float below_review = std::nextafter(policy.review.value, 0.F);
  EXPECT_EQ(BandOf(policy.duplicate, policy), Band::kHard);
  EXPECT_EQ(BandOf(Llr{below_duplicate}, policy), Band::kGrey);
  EXPECT_EQ(BandOf(policy.review, policy), Band::kGrey);
  EXPECT_EQ(BandOf(Llr{below_review}, policy), Band::kNone);
}

TEST(Decision, ThePolicyLeavesRoomForReview) {
  const Policy policy = kFirstPolicy;
  EXPECT_GT(policy.duplicate, policy.review);
  EXPECT_GT(policy.review, Llr{0});  // evidence against never asks for an examiner
}

}  // namespace
}  // namespace distinct::search
