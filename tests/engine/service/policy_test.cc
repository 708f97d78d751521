// Policies through the API: who set which and why, and which of them answers what.
#include "engine/policy.h"

#include <gmock/gmock.h>

#include "engine/ledger/key_file.h"
#include "engine/ledger/maintenance.h"
#include "tests/engine/service/town_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class PolicyTest : public TownTest {
 protected:
  grpc::Status Set(const v1::SetPolicyRequest& request, v1::Policy& policy) {
    grpc::ClientContext context;
    v1::SetPolicyResponse response;
    const grpc::Status status = gallery_->SetPolicy(&context, request, &response);
    policy = response.policy();
    return status;
  }
  std::vector<v1::Policy> Policies() {
    grpc::ClientContext context;
    v1::ListPoliciesResponse response;
    EXPECT_TRUE(gallery_->ListPolicies(&context, v1::ListPoliciesRequest(), &response).ok());
    return {response.policies().begin(), response.policies().end()};
  }
  v1::GetStatusResponse Status() {
    grpc::ClientContext context;
    v1::GetStatusResponse status;
    EXPECT_TRUE(gallery_->GetStatus(&context, v1::GetStatusRequest(), &status).ok());
    return status;
  }
  v1::VerifyResponse Verify(const std::string& id, const v1::Biometrics& probe) {
    grpc::ClientContext context;
    v1::VerifyRequest request;
    request.set_enrolment_id(id);
    *request.mutable_probe() = probe;
    request.set_purpose("a test");
    v1::VerifyResponse response;
    const grpc::Status status = identification_->Verify(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

// No two fingers reach this together: whoever comes again goes to an examiner.
constexpr double kBeyondTwoFingers = 900;

TEST_F(PolicyTest, DecidesWhatIsEnrolledAfterItAndNothingBefore) {
  Enrolled("ada", Prints(0, 0));
  const v1::Decision before = Enrolled("ada-2", Prints(0, 1));
  EXPECT_EQ(before.kind(), v1::DUPLICATE);
  EXPECT_EQ(before.policy_version(), 1u);

  const v1::Policy set = SetPolicy(kBeyondTwoFingers, 6.9);
  EXPECT_EQ(set.version(), 2u);
  EXPECT_EQ(set.number(), 3u);
  EXPECT_EQ(set.caller(), "unauthenticated local");
  EXPECT_EQ(set.reason(), "a test");
  EXPECT_THAT(set.set_at(), HasSubstr("T"));

  const v1::Decision after = Enrolled("ada-3", Prints(0, 2));
  EXPECT_EQ(after.kind(), v1::REVIEW);
  EXPECT_EQ(after.policy_version(), 2u);
  EXPECT_EQ(after.number(), 4u);
  const v1::Decision again = Enrolled("ada-2", Prints(0, 1));
  EXPECT_EQ(again.SerializeAsString(), before.SerializeAsString()) << "what is decided stays so";
  EXPECT_EQ(Enrolled("bea", Prints(1, 0)).kind(), v1::UNIQUE);
}

TEST_F(PolicyTest, ComparisonsUseTheOneInForceAndSaySo) {
  Enrolled("ada", Prints(0, 0));
  EXPECT_TRUE(Verify("ada", Prints(0, 1)).match());
  EXPECT_EQ(Verify("ada", Prints(0, 1)).policy_version(), 1u);
  SetPolicy(kBeyondTwoFingers, 6.9);
  EXPECT_FALSE(Verify("ada", Prints(0, 1)).match());
  EXPECT_EQ(Verify("ada", Prints(0, 1)).policy_version(), 2u);

  grpc::ClientContext context;
  v1::IdentifyRequest request;
  *request.mutable_biometrics() = Prints(0, 1);
  request.set_purpose("a test");
  v1::IdentifyResponse identified;
  ASSERT_TRUE(identification_->Identify(&context, request, &identified).ok());
  EXPECT_EQ(identified.policy_version(), 2u);

  const v1::GetStatusResponse status = Status();
  EXPECT_EQ(status.policy_version(), 2u);
  EXPECT_EQ(status.llr_duplicate(), kBeyondTwoFingers);
  EXPECT_FLOAT_EQ(static_cast<float>(status.llr_review()), 6.9F);
}

// Also in a copy of the store.
TEST_F(PolicyTest, ARestartAndARestoredBackupKeepThem) {
  Enrolled("ada", Prints(0, 0));
  SetPolicy(kBeyondTwoFingers, 6.9);
  SetPolicy(kBeyondTwoFingers, 5);
  const std::vector<v1::Policy> before = Policies();
  ASSERT_EQ(before.size(), 3u);
  EXPECT_EQ(before[0].number(), 0u);
  EXPECT_EQ(before[0].set_at(), "");
  StopServer();
  const auto backup = ledger::BackUpStore(store_ / "store", store_ / "backups");
  ASSERT_THAT(backup, testing::IsOk());
  std::filesystem::rename(store_ / "store", store_ / "lost");
  const auto restored =
      ledger::RestoreStore(store_ / "backups", backup->id,
                           {store_ / "store", ledger::DefaultKeyFile(store_ / "store")}, {});
  ASSERT_THAT(restored, testing::IsOk());
  StartServer();
  const std::vector<v1::Policy> after = Policies();
  ASSERT_EQ(after.size(), before.size());
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].SerializeAsString(), before[i].SerializeAsString());
  }
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 1)).kind(), v1::REVIEW);
}

TEST_F(PolicyTest, RepeatingACallSetsNothing) {
  EXPECT_EQ(SetPolicy(20, 9).version(), 2u);
  EXPECT_EQ(SetPolicy(20, 9).version(), 2u);
  EXPECT_EQ(Policies().size(), 2u);
}

TEST_F(PolicyTest, ACrossCheckKeepsThePolicyOfItsFirstStart) {
  Enrolled("ada", Prints(0, 0));
  SetPolicy(20, 9);
  v1::StartCrossCheckRequest request;
  request.set_job("night");
  const auto start = [&] {
    grpc::ClientContext context;
    v1::StartCrossCheckResponse started;
    ASSERT_TRUE(gallery_->StartCrossCheck(&context, request, &started).ok());
    grpc::ClientContext watching;
    v1::WatchCrossCheckRequest watch;
    watch.set_job(request.job());
    const auto reader = gallery_->WatchCrossCheck(&watching, watch);
    v1::CrossCheckProgress progress;
    while (reader->Read(&progress)) {
    }
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_EQ(progress.phase(), v1::CrossCheckProgress::FINISHED);
    EXPECT_EQ(progress.policy_version(), 2u);
  };
  start();
  SetPolicy(30, 10);
  start();
  StopServer();
  StartServer();
  grpc::ClientContext context;
  v1::GetCrossCheckResultRequest ask;
  ask.set_job("night");
  v1::GetCrossCheckResultResponse result;
  const grpc::Status status = gallery_->GetCrossCheckResult(&context, ask, &result);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(result.policy_version(), 2u);
}

TEST_F(PolicyTest, BadThresholdsAreRefusedByNameAndNothingIsStored) {
  v1::Policy policy;
  v1::SetPolicyRequest nothing;
  EXPECT_THAT(BadFields(Set(nothing, policy)),
              UnorderedElementsAre("llr_duplicate", "llr_review", "reason"));
  const auto fields = [&](double duplicate, double review) {
    v1::SetPolicyRequest request;
    request.set_llr_duplicate(duplicate);
    request.set_llr_review(review);
    request.set_reason("a test");
    const grpc::Status status = Set(request, policy);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("want"));
    return BadFields(status);
  };
  EXPECT_THAT(fields(5, 6), ElementsAre("llr_review"));
  EXPECT_THAT(fields(5, 5), ElementsAre("llr_review"));
  EXPECT_THAT(fields(5, 5 - 1e-12), ElementsAre("llr_review")) << "equal once they are kept";
  EXPECT_THAT(fields(5, 1e-60), ElementsAre("llr_review"));
  EXPECT_THAT(fields(1000.1, 6), ElementsAre("llr_duplicate"));
  EXPECT_THAT(fields(-1, -2), UnorderedElementsAre("llr_duplicate", "llr_review"));
  EXPECT_THAT(fields(NAN, 6), UnorderedElementsAre("llr_duplicate", "llr_review"));
  EXPECT_THAT(fields(1e300, NAN), UnorderedElementsAre("llr_duplicate", "llr_review"));
  EXPECT_EQ(Status().head(), 0u);
  EXPECT_EQ(Policies().size(), 1u);
}

}  // namespace
}  // namespace distinct::service
