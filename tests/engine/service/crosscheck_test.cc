#include <gmock/gmock.h>

#include "tests/engine/service/town_fixture.h"

namespace distinct::service {
namespace {

class CrossCheckTest : public TownTest {
 protected:
  grpc::Status Start(const v1::StartCrossCheckRequest& request,
                     v1::StartCrossCheckResponse& response) {
    grpc::ClientContext context;
    return gallery_->StartCrossCheck(&context, request, &response);
  }
  // The last message of the progress stream.
  v1::CrossCheckProgress Follow(const std::string& job) {
    grpc::ClientContext context;
    v1::WatchCrossCheckRequest request;
    request.set_job(job);
    const auto reader = gallery_->WatchCrossCheck(&context, request);
    v1::CrossCheckProgress progress;
    while (reader->Read(&progress)) {
    }
    EXPECT_TRUE(reader->Finish().ok());
    return progress;
  }
  grpc::Status Result(const std::string& job, v1::GetCrossCheckResultResponse& response) {
    grpc::ClientContext context;
    v1::GetCrossCheckResultRequest request;
    request.set_job(job);
    return gallery_->GetCrossCheckResult(&context, request, &response);
  }
};

TEST_F(CrossCheckTest, FindsTheDuplicateAndAnswersAgainAfterARestart) {
  Enrolled("ada", Prints(0, 0));
  Enrolled("bea", Prints(1, 0));
  Enrolled("ada-2", Prints(0, 1));
  v1::StartCrossCheckRequest request;
  request.set_job("night");
  v1::StartCrossCheckResponse started;
  ASSERT_TRUE(Start(request, started).ok());
  EXPECT_FALSE(started.resumed());
  EXPECT_EQ(Follow("night").phase(), v1::CrossCheckProgress::FINISHED);

  v1::GetCrossCheckResultResponse before, after;
  ASSERT_TRUE(Result("night", before).ok());
  ASSERT_EQ(before.pairs_size(), 1);
  EXPECT_EQ(before.pairs(0).a(), "ada");
  EXPECT_EQ(before.pairs(0).b(), "ada-2");
  EXPECT_EQ(before.pairs_compared(), 3);
  ASSERT_EQ(before.clusters_size(), 1);
  EXPECT_EQ(before.clusters(0).enrolment_ids_size(), 2);

  StopServer();
  StartServer();
  ASSERT_TRUE(Result("night", after).ok());
  EXPECT_EQ(before.pairs(0).SerializeAsString(), after.pairs(0).SerializeAsString());
}

TEST_F(CrossCheckTest, AJobKeepsItsNameAndOptions) {
  Enrolled("ada", Prints(0, 0));
  v1::StartCrossCheckRequest request;
  request.set_job("night");
  v1::StartCrossCheckResponse started;
  ASSERT_TRUE(Start(request, started).ok());
  Follow("night");
  ASSERT_TRUE(Start(request, started).ok());
  EXPECT_TRUE(started.resumed());
  request.set_llr_min(1);
  EXPECT_EQ(Start(request, started).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(CrossCheckTest, UnknownJobsAndEmptyTagsAreNotFound) {
  v1::StartCrossCheckRequest request;
  request.set_job("night");
  request.set_tag("nobody");
  v1::StartCrossCheckResponse started;
  EXPECT_EQ(Start(request, started).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::GetCrossCheckResultResponse result;
  EXPECT_EQ(Result("night", result).error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace distinct::service
