// Who stays in the template version before the one in force: found and shown as everybody else.
#include <gmock/gmock.h>

#include <utility>

#include "engine/enrolment/driver.h"
#include "matchers/finger/vector.h"
#include "tests/conformance/ledger_fixture.h"
#include "tests/engine/service/template_version_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

using ::testing::HasSubstr;

// "ada" (person 0) was enrolled when no sample was kept.
class StayingRecordTest : public TemplateVersionTest {
 protected:
  void SetUp() override {
    more_versions_ = {std::make_shared<NextFinger>()};
    StartServer();
    Enrolled("ada", Prints(0, 0));
  }
  void SwitchedWithoutAda() {
    Begun();
    WaitForReExtraction();
    Switched(1);
  }
  // Two fingers, and the minutiae that agree in each.
  void ExpectCompared(const v1::GetCaseResponse& seen, int candidates) {
    ASSERT_EQ(seen.candidates_size(), candidates);
    for (const v1::CaseCandidate& candidate : seen.candidates()) {
      SCOPED_TRACE(candidate.candidate().enrolment_id());
      ASSERT_EQ(candidate.comparisons_size(), 2);
      for (const v1::PairComparison& comparison : candidate.comparisons()) {
        EXPECT_GT(comparison.llr(), 0);
        EXPECT_GT(comparison.minutiae_size(), 5);
      }
    }
  }
  grpc::Status Identify(const v1::Biometrics& probe, v1::IdentifyResponse& response) {
    grpc::ClientContext context;
    v1::IdentifyRequest request;
    *request.mutable_biometrics() = probe;
    request.set_purpose("a test");
    return identification_->Identify(&context, request, &response);
  }
  grpc::Status Adjudicate(const std::string& id, v1::Verdict ada, v1::Decision& decision) {
    grpc::ClientContext context;
    v1::AdjudicateRequest request;
    request.set_enrolment_id(id);
    request.set_reason("a test");
    if (ada != v1::VERDICT_UNSPECIFIED) {
      v1::PairVerdict& verdict = *request.add_verdicts();
      verdict.set_candidate("ada");
      verdict.set_verdict(ada);
    }
    v1::AdjudicateResponse response;
    const grpc::Status status = adjudication_->Adjudicate(&context, request, &response);
    decision = response.decision();
    return status;
  }
  // Appends it as a server would that then died at every attempt to decide it, and starts anew.
  void EnrolledByServersThatDied(const std::string& id, const v1::Biometrics& prints) {
    std::vector<Template> templates;
    const v1::Biometrics extracted = Extracted(prints);
    for (const v1::Template& one : extracted.templates()) {
      templates.push_back({static_cast<Position>(one.position()), one.version(), Quality{},
                           finger::KeepVector(one.data())});
    }
    StopServer();
    {
      const auto ledger = testing::OpenLedger(store_ / "store");
      ledger::Enrolment enrolment = testing::NewEnrolment(*ledger, id);
      enrolment.templates = std::move(templates);
      const auto appended = ledger->Append(std::move(enrolment), std::nullopt);
      ASSERT_THAT(appended, testing::IsOk());
      for (int i = 0; i < enrolment::kFailedAttemptsMax; ++i) {
        ASSERT_THAT(ledger->CountFailedAttempt(appended->state.ticket), testing::IsOk());
      }
    }
    StartServer();
    const v1::Decision given_up = Watch(*enrolment_, 1, 1).front().decision();
    EXPECT_EQ(given_up.enrolment_id(), id);
    EXPECT_EQ(given_up.kind(), v1::REVIEW);
    ASSERT_EQ(given_up.findings_size(), 1);
    EXPECT_EQ(given_up.findings(0).code(), "PROCESSING_FAILED");
  }
};

TEST_F(StayingRecordTest, AnExaminerSeesWhatAgreesBeforeTheSwitchAndAfterIt) {
  SetPolicy(900, 6.9);  // who comes again goes to an examiner
  Begun();
  ASSERT_EQ(Enrolled("ada-2", Prints(0, 1)).kind(), v1::REVIEW);
  ExpectCompared(CaseOf("ada-2"), 1);
  WaitForReExtraction();
  Switched(1);
  ExpectCompared(CaseOf("ada-2"), 1);
  ASSERT_EQ(Enrolled("ada-3", Prints(0, 2)).kind(), v1::REVIEW);
  ExpectCompared(CaseOf("ada-3"), 2);
}

TEST_F(StayingRecordTest, APositionThatCouldNotBeSearchedThereIsRefusedByName) {
  SwitchedWithoutAda();
  v1::Biometrics probe = Prints(0, 1);
  *probe.add_templates() = Extracted(probe).templates(1);
  probe.mutable_samples()->RemoveLast();
  const auto expect_refused = [](const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_THAT(status.error_message(),
                HasSubstr("RIGHT_INDEX: got no finger version 3 of it, want one while 1 records "
                          "stay in that"));
  };
  v1::Decision decision;
  expect_refused(Enrol(Enrolment("ada-2", probe), decision));
  v1::IdentifyResponse response;
  expect_refused(Identify(probe, response));
  EXPECT_EQ(Enrolled("ada-3", Prints(0, 1)).duplicate_of(), "ada");
}

TEST_F(StayingRecordTest, ACrossCheckComparesThoseInTheVersionInForceAlone) {
  Begun();
  Enrolled("bea", Prints(1, 0));
  WaitForReExtraction();
  Switched(1);
  Enrolled("bea-2", Prints(1, 1));
  Enrolled("ada-2", Prints(0, 1));
  v1::StartCrossCheckRequest request;
  request.set_job("night");
  v1::StartCrossCheckResponse started;
  ASSERT_TRUE(StartCrossCheck(request, started).ok());
  const v1::CrossCheckProgress progress = FollowCrossCheck("night");
  ASSERT_EQ(progress.phase(), v1::CrossCheckProgress::FINISHED) << progress.message();
  EXPECT_EQ(progress.probes_total(), 3u);
  v1::GetCrossCheckResultResponse result;
  ASSERT_TRUE(CrossCheckResult("night", result).ok());
  EXPECT_EQ(result.pairs_compared(), 3u);
  ASSERT_EQ(result.pairs_size(), 1);
  EXPECT_EQ(result.pairs(0).a(), "bea");
  EXPECT_EQ(result.pairs(0).b(), "bea-2");
}

TEST_F(StayingRecordTest, WhoseHandsWereExchangedIsFoundThere) {
  SwitchedWithoutAda();
  v1::Biometrics mirrored = Prints(0, 1);
  mirrored.mutable_samples(0)->set_position(v1::LEFT_THUMB);
  mirrored.mutable_samples(1)->set_position(v1::LEFT_INDEX);
  const v1::Decision decision = Enrolled("mirrored", mirrored);
  EXPECT_EQ(decision.kind(), v1::REVIEW);
  ASSERT_EQ(decision.candidates_size(), 1);
  EXPECT_EQ(decision.candidates(0).enrolment_id(), "ada");
  ASSERT_EQ(decision.findings_size(), 1);
  EXPECT_THAT(decision.findings(0).text(),
              HasSubstr("beside ada: LEFT_THUMB is RIGHT_THUMB, LEFT_INDEX is RIGHT_INDEX"));
  const v1::GetCaseResponse seen = CaseOf("mirrored");
  ExpectCompared(seen, 1);
  EXPECT_EQ(seen.candidates(0).comparisons(0).reference_position(), v1::RIGHT_THUMB);
}

TEST_F(StayingRecordTest, OnceNobodyStaysAProbeNeedsTheVersionInForceAlone) {
  SwitchedWithoutAda();
  const v1::Biometrics bea = Extracted(Prints(1, 0));
  v1::IdentifyResponse response;
  EXPECT_EQ(Identify(bea, response).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  v1::TemplateVersion version;
  EXPECT_FALSE(Begin(finger::kTemplateVersion, version).ok());

  Erase("ada");
  EXPECT_EQ(Enrolled("bea", bea).kind(), v1::UNIQUE);
  const grpc::Status found = Identify(Extracted(Prints(1, 1)), response);
  ASSERT_TRUE(found.ok()) << found.error_message();
  ASSERT_GE(response.candidates_size(), 1);
  EXPECT_EQ(response.candidates(0).enrolment_id(), "bea");
  EXPECT_EQ(response.gallery_count(), 1u);
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 1)).kind(), v1::UNIQUE);
  Restart();
  EXPECT_EQ(Enrolled("bea-2", Extracted(Prints(1, 2))).duplicate_of(), "bea");
  const grpc::Status begun = Begin(finger::kTemplateVersion, version);
  EXPECT_TRUE(begun.ok()) << begun.error_message();
  EXPECT_EQ(Enrolled("ada-3", Prints(0, 2)).duplicate_of(), "ada-2");
}

TEST_F(StayingRecordTest, WhoWasNeverSearchedIsSettledBeforeTheSwitch) {
  EnrolledByServersThatDied("again", Prints(0, 1));
  EXPECT_EQ(CaseOf("again").candidates_size(), 0) << "nobody was looked for";
  Begun();
  WaitForReExtraction();
  const grpc::Status refused = Switch(2);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(),
              HasSubstr("got again (no sample is kept) in REVIEW and never searched"));

  v1::Decision decision;
  const grpc::Status unasked = Adjudicate("again", v1::VERDICT_UNSPECIFIED, decision);
  EXPECT_EQ(unasked.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(unasked.error_message(), HasSubstr("ada")) << "now somebody was";
  const grpc::Status settled = Adjudicate("again", v1::SAME, decision);
  ASSERT_TRUE(settled.ok()) << settled.error_message();
  EXPECT_EQ(decision.kind(), v1::DUPLICATE);
  EXPECT_EQ(decision.duplicate_of(), "ada");
  Switched(2);
  EXPECT_EQ(Enrolled("ada-3", Prints(0, 2)).duplicate_of(), "ada");
}

}  // namespace
}  // namespace distinct::service
