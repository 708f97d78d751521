#include "engine/service/extraction_pool.h"

#include <gtest/gtest.h>

#include <vector>

#include "absl/time/clock.h"
#include "tests/support/status_matchers.h"
#include "tools/synthesis/town.h"

namespace distinct::service {
namespace {

class ExtractionPoolTest : public ::testing::Test {
 protected:
  ExtractionPoolTest() {
    for (const synthesis::EncodedSample& image : images_) {
      samples_.push_back({image.position, image.png, synthesis::kSampleDpi});
    }
    call_.deadline = absl::InfiniteFuture();
  }

  const std::vector<synthesis::EncodedSample> images_ = synthesis::TownPerson(7, 0).Capture(0);
  std::vector<Sample> samples_;
  const Modalities modalities_ = *Modalities::Create(std::nullopt);
  search::RightOfWay right_of_way_;
  ExtractionPool pool_{modalities_, right_of_way_, {}};
  Call call_;
};

TEST_F(ExtractionPoolTest, ABatchGetsTheSameTemplates) {
  const auto online = pool_.Extract(samples_, call_);
  ASSERT_THAT(online, testing::IsOk());
  call_.priority = search::Priority::kBatch;
  const auto batch = pool_.Extract(samples_, call_);
  ASSERT_THAT(batch, testing::IsOk());
  ASSERT_EQ(batch->size(), samples_.size());
  for (size_t i = 0; i < samples_.size(); ++i) {
    ASSERT_THAT((*batch)[i], testing::IsOk());
    EXPECT_EQ((*batch)[i]->features.bytes, (*online)[i]->features.bytes);
  }
  EXPECT_EQ(pool_.extracted(), 2 * samples_.size());
}

TEST_F(ExtractionPoolTest, ABatchWaitsForOnlineWork) {
  samples_.resize(1);
  call_.priority = search::Priority::kBatch;
  const search::RightOfWay::Passage online = right_of_way_.Enter();
  const absl::Time started = absl::Now();
  EXPECT_THAT(pool_.Extract(samples_, call_), testing::IsOk());
  EXPECT_GE(absl::Now() - started, search::kPatience);
}

TEST_F(ExtractionPoolTest, WhatIsNotWantedAnyMoreIsNotExtracted) {
  call_.deadline = absl::Now();
  EXPECT_THAT(pool_.Extract(samples_, call_),
              testing::StatusIs(absl::StatusCode::kDeadlineExceeded, "nothing was stored"));
  EXPECT_EQ(pool_.extracted(), 0U);
  EXPECT_TRUE(call_.abandoned);
}

}  // namespace
}  // namespace distinct::service
