#include <gmock/gmock.h>

#include "tests/engine/service/town_fixture.h"

namespace distinct::service {
namespace {

using CrossCheckTest = TownTest;

TEST_F(CrossCheckTest, FindsTheDuplicateAndAnswersAgainAfterARestart) {
  Enrolled("ada", Prints(0, 0));
  Enrolled("bea", Prints(1, 0));
  Enrolled("ada-2", Prints(0, 1));
  v1::StartCrossCheckRequest request;
  request.set_job("night");
  v1::StartCrossCheckResponse started;
  ASSERT_TRUE(StartCrossCheck(request, started).ok());
  EXPECT_FALSE(started.resumed());
  EXPECT_EQ(FollowCrossCheck("night").phase(), v1::CrossCheckProgress::FINISHED);

  v1::GetCrossCheckResultResponse before, after;
  ASSERT_TRUE(CrossCheckResult("night", before).ok());
  ASSERT_EQ(before.pairs_size(), 1);
  EXPECT_EQ(before.pairs(0).a(), "ada");
  EXPECT_EQ(before.pairs(0).b(), "ada-2");
  EXPECT_EQ(before.pairs_compared(), 3);
  ASSERT_EQ(before.clusters_size(), 1);
  EXPECT_EQ(before.clusters(0).enrolment_ids_size(), 2);

  StopServer();
  StartServer();
  ASSERT_TRUE(CrossCheckResult("night", after).ok());
  EXPECT_EQ(before.pairs(0).SerializeAsString(), after.pairs(0).SerializeAsString());
}

TEST_F(CrossCheckTest, AJobKeepsItsNameAndOptions) {
  Enrolled("ada", Prints(0, 0));
  v1::StartCrossCheckRequest request;
  request.set_job("night");
  v1::StartCrossCheckResponse started;
  ASSERT_TRUE(StartCrossCheck(request, started).ok());
  FollowCrossCheck("night");
  ASSERT_TRUE(StartCrossCheck(request, started).ok());
  EXPECT_TRUE(started.resumed());
  request.set_llr_min(1);
  EXPECT_EQ(StartCrossCheck(request, started).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(CrossCheckTest, UnknownJobsAndEmptyTagsAreNotFound) {
  v1::StartCrossCheckRequest request;
  request.set_job("night");
  request.set_tag("nobody");
  v1::StartCrossCheckResponse started;
  EXPECT_EQ(StartCrossCheck(request, started).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::GetCrossCheckResultResponse result;
  EXPECT_EQ(CrossCheckResult("night", result).error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace distinct::service
