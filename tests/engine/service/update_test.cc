// Updates and withdrawals through a real server.
#include <gmock/gmock.h>

#include "tests/engine/service/town_fixture.h"

namespace distinct::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::UpdateRequest UpdateOf(const std::string& id, const std::string& person,
                           const v1::Biometrics& biometrics) {
  v1::UpdateRequest request;
  request.set_enrolment_id(id);
  request.set_update_of(person);
  request.set_external_ref("ref of " + id);
  *request.mutable_biometrics() = biometrics;
  return request;
}

// Of Prints(): its first finger alone, or its second.
v1::Biometrics Finger(uint64_t person, uint32_t impression, int finger) {
  v1::Biometrics one;
  *one.add_samples() = Prints(person, impression).samples(finger);
  return one;
}

std::vector<std::string> FindingCodes(const v1::Decision& decision) {
  std::vector<std::string> codes;
  for (const auto& finding : decision.findings()) codes.push_back(finding.code());
  return codes;
}

class UpdateTest : public TownTest {
 protected:
  grpc::Status Update(const v1::UpdateRequest& request, v1::Decision& decision) {
    v1::UpdateResponse response;
    grpc::ClientContext context;
    const grpc::Status status = enrolment_->Update(&context, request, &response);
    decision = response.decision();
    return status;
  }
  v1::Decision Updated(const v1::UpdateRequest& request) {
    v1::Decision decision;
    const grpc::Status status = Update(request, decision);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return decision;
  }
  void ExpectRefused(const grpc::Status& status, grpc::StatusCode code, const std::string& text) {
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(text));
  }
  grpc::Status Withdraw(const std::string& id, v1::WithdrawResponse& response) {
    v1::WithdrawRequest request;
    request.set_enrolment_id(id);
    request.set_reason("test");
    grpc::ClientContext context;
    return enrolment_->Withdraw(&context, request, &response);
  }
  v1::Decision DecisionOf(const std::string& id) {
    v1::GetEnrolmentRequest request;
    request.set_enrolment_id(id);
    v1::GetEnrolmentResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(enrolment_->GetEnrolment(&context, request, &response).ok());
    return response.decision();
  }
  grpc::Status Adjudicate(const std::string& ada, const std::string& bea, v1::Decision& decision) {
    v1::AdjudicateRequest request;
    request.set_enrolment_id("u-1");
    request.set_reason("test");
    const std::pair<const char*, const std::string*> verdicts[] = {{"ada", &ada}, {"bea", &bea}};
    for (const auto& [candidate, verdict] : verdicts) {
      v1::PairVerdict& added = *request.add_verdicts();
      added.set_candidate(candidate);
      added.set_verdict(*verdict == "same" ? v1::SAME : v1::DIFFERENT);
    }
    v1::AdjudicateResponse response;
    grpc::ClientContext context;
    const grpc::Status status = adjudication_->Adjudicate(&context, request, &response);
    decision = response.decision();
    return status;
  }
  // An update of "ada" with one finger of hers and one of "bea".
  v1::Decision UpdatedWithAnothersFinger() {
    Enrolled("ada", Prints(0, 0));
    Enrolled("bea", Prints(1, 0));
    v1::Biometrics mixed = Finger(0, 1, 0);
    *mixed.add_samples() = Prints(1, 1).samples(1);
    return Updated(UpdateOf("u-1", "ada", mixed));
  }
};

TEST_F(UpdateTest, NewSamplesTakeThePlaceOfTheOld) {
  ASSERT_EQ(Enrolled("ada", Finger(0, 0, 0)).kind(), v1::UNIQUE);
  // Both fingers, then the second alone: it joins with what the update before it brought.
  EXPECT_EQ(Updated(UpdateOf("u-1", "ada", Prints(0, 1))).kind(), v1::ACCEPTED);
  const v1::Decision second = Updated(UpdateOf("u-2", "ada", Finger(0, 2, 1)));
  EXPECT_EQ(second.kind(), v1::ACCEPTED);
  EXPECT_EQ(second.update_of(), "ada");
  EXPECT_EQ(second.external_ref(), "ref of u-2");
  StopServer();
  StartServer();
  EXPECT_EQ(Enrolled("again", Finger(0, 0, 1)).duplicate_of(), "ada") << "by the new";
  EXPECT_EQ(Enrolled("old", Finger(0, 3, 0)).kind(), v1::UNIQUE) << "the old finds nobody";

  v1::IdentifyRequest identify;
  *identify.mutable_biometrics() = Finger(0, 1, 1);
  identify.set_purpose("test");
  v1::IdentifyResponse found;
  grpc::ClientContext context;
  ASSERT_TRUE(identification_->Identify(&context, identify, &found).ok());
  ASSERT_GE(found.candidates_size(), 1);
  EXPECT_EQ(found.candidates(0).enrolment_id(), "ada") << "the person, not the update";

  v1::VerifyRequest verify;
  verify.set_enrolment_id("ada");
  verify.set_purpose("test");
  *verify.mutable_probe() = Finger(0, 1, 1);
  v1::VerifyResponse verified;
  grpc::ClientContext verify_context;
  ASSERT_TRUE(identification_->Verify(&verify_context, verify, &verified).ok());
  EXPECT_TRUE(verified.match());

  v1::GetStatusResponse status;
  grpc::ClientContext status_context;
  ASSERT_TRUE(gallery_->GetStatus(&status_context, {}, &status).ok());
  EXPECT_EQ(status.references().accepted(), 2U);
  EXPECT_EQ(status.references().unique(), 2U);
}

TEST_F(UpdateTest, AStrangersUpdateIsRefusedAndThePersonStays) {
  Enrolled("ada", Prints(0, 0));
  const v1::Decision refused = Updated(UpdateOf("u-1", "ada", Prints(1, 0)));
  EXPECT_EQ(refused.kind(), v1::REFUSED);
  EXPECT_THAT(FindingCodes(refused), ElementsAre("NOT_THE_SUBJECT"));
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 1)).duplicate_of(), "ada");
  EXPECT_EQ(Enrolled("bea", Prints(1, 1)).kind(), v1::UNIQUE) << "what was refused is nobody";
}

TEST_F(UpdateTest, OneThatIsAlsoAnothersIsAnExaminersToAccept) {
  const v1::Decision review = UpdatedWithAnothersFinger();
  ASSERT_EQ(review.kind(), v1::REVIEW);
  EXPECT_THAT(FindingCodes(review), ElementsAre("UPDATE_IN_DOUBT"));
  v1::Decision decision;
  ExpectRefused(Adjudicate("same", "same", decision), grpc::StatusCode::FAILED_PRECONDITION,
                "merge the two if they are one");
  ASSERT_TRUE(Adjudicate("same", "different", decision).ok());
  EXPECT_EQ(decision.kind(), v1::ACCEPTED);
  EXPECT_EQ(decision.update_of(), "ada");
  v1::Decision again;
  ASSERT_TRUE(Adjudicate("same", "different", again).ok());
  EXPECT_EQ(again.SerializeAsString(), decision.SerializeAsString());
}

TEST_F(UpdateTest, OneThatIsAnothersAloneIsRefusedByTheExaminer) {
  ASSERT_EQ(UpdatedWithAnothersFinger().kind(), v1::REVIEW);
  v1::Decision decision;
  ASSERT_TRUE(Adjudicate("different", "different", decision).ok());
  EXPECT_EQ(decision.kind(), v1::REFUSED);
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 2)).duplicate_of(), "ada");
  const v1::Decision another = Updated(UpdateOf("u-2", "ada", Prints(1, 2)));
  EXPECT_EQ(another.kind(), v1::REVIEW) << "a machine does not move a person's prints to another";
  EXPECT_THAT(FindingCodes(another), ElementsAre("MATCHES_ANOTHER_PERSON"));
}

TEST_F(UpdateTest, TheSameRequestGetsTheSameAnswerAndOtherContentAConflictThatSaysWhere) {
  Enrolled("ada", Prints(0, 0));
  const v1::UpdateRequest request = UpdateOf("u-1", "ada", Prints(0, 1));
  const v1::Decision first = Updated(request);
  EXPECT_EQ(Updated(request).SerializeAsString(), first.SerializeAsString());

  const auto expect_conflict = [&](const v1::UpdateRequest& other, const std::string& what) {
    v1::Decision decision;
    ExpectRefused(Update(other, decision), grpc::StatusCode::ALREADY_EXISTS,
                  "with other " + what + " than number ");
  };
  v1::UpdateRequest other = request;
  other.set_external_ref("other");
  expect_conflict(other, "external_ref");
  (*other.mutable_metadata())["station"] = "4";
  expect_conflict(other, "external_ref, metadata");
  other = request;
  v1::MissingPosition& missing = *other.add_missing();
  missing.set_position(v1::LEFT_LITTLE);
  missing.set_reason(v1::MissingPosition::AMPUTATED);
  expect_conflict(other, "missing");
  expect_conflict(UpdateOf("u-1", "ada", Prints(0, 2)), "biometrics");
  other = request;
  other.set_update_of("bea");
  expect_conflict(other, "update_of");
  other = UpdateOf("ada", "ada", Prints(0, 0));
  expect_conflict(other, "update_of");

  v1::EnrolRequest enrol = Enrolment("u-1", Prints(0, 1));
  v1::Decision decision;
  ExpectRefused(Enrol(enrol, decision), grpc::StatusCode::ALREADY_EXISTS, "with other update_of");
}

TEST_F(UpdateTest, OnlyALivePersonIsUpdatedAndOneUpdateAtATime) {
  Enrolled("cleo", Prints(2, 0));
  Enrolled("cleo-2", Prints(2, 1));
  v1::Decision decision;
  ExpectRefused(Update(UpdateOf("u-0", "nobody", Prints(0, 1)), decision),
                grpc::StatusCode::NOT_FOUND, "update_of: got nobody");
  ExpectRefused(Update(UpdateOf("u-0", "cleo-2", Prints(2, 2)), decision),
                grpc::StatusCode::FAILED_PRECONDITION, "update_of: got number 2");
  ASSERT_EQ(UpdatedWithAnothersFinger().kind(), v1::REVIEW);
  ExpectRefused(Update(UpdateOf("u-2", "ada", Prints(0, 2)), decision),
                grpc::StatusCode::FAILED_PRECONDITION, "whose update u-1 is not decided");
  v1::WithdrawResponse withdrawn;
  ASSERT_TRUE(Withdraw("u-1", withdrawn).ok());
  EXPECT_EQ(Updated(UpdateOf("u-2", "ada", Prints(0, 2))).kind(), v1::ACCEPTED);
}

TEST_F(UpdateTest, WhatIsInReviewIsTakenBackOnce) {
  ASSERT_EQ(UpdatedWithAnothersFinger().kind(), v1::REVIEW);
  v1::WithdrawResponse first, again;
  ASSERT_TRUE(Withdraw("u-1", first).ok());
  ASSERT_TRUE(Withdraw("u-1", again).ok());
  EXPECT_TRUE(first.withdrawn());
  EXPECT_FALSE(again.withdrawn());
  EXPECT_EQ(first.number(), 4);
  EXPECT_EQ(again.number(), first.number());
  EXPECT_EQ(DecisionOf("u-1").kind(), v1::WITHDRAWN);
  v1::Decision decision;
  ExpectRefused(Adjudicate("same", "different", decision), grpc::StatusCode::FAILED_PRECONDITION,
                "in WITHDRAWN, want one in REVIEW");
  ExpectRefused(Withdraw("ada", again), grpc::StatusCode::FAILED_PRECONDITION, "erase it instead");
  ExpectRefused(Withdraw("nobody", again), grpc::StatusCode::NOT_FOUND, "nobody");
  EXPECT_EQ(Watch(*enrolment_, 3, 1).at(0).event(), v1::WatchDecisionsResponse::TAKEN_BACK);
  v1::ListCasesResponse cases;
  grpc::ClientContext context;
  ASSERT_TRUE(adjudication_->ListCases(&context, {}, &cases).ok());
  EXPECT_EQ(cases.cases_size(), 0);
}

TEST_F(UpdateTest, EveryCallChecksWhatItIsSent) {
  v1::Decision decision;
  v1::UpdateRequest update = UpdateOf("a b", "", {});
  EXPECT_THAT(BadFields(Update(update, decision)),
              ElementsAre("enrolment_id", "biometrics", "update_of"));
  update = UpdateOf("u-1", "ada", Prints(0, 0));
  Enrolled("ada", Prints(0, 0));
  update.mutable_biometrics()->mutable_samples(1)->set_image("no picture");
  EXPECT_THAT(BadFields(Update(update, decision)), ElementsAre("biometrics.samples[1]"));
  v1::WithdrawRequest withdraw;
  v1::WithdrawResponse withdrawn;
  grpc::ClientContext context;
  EXPECT_THAT(BadFields(enrolment_->Withdraw(&context, withdraw, &withdrawn)),
              ElementsAre("enrolment_id", "reason"));
}

}  // namespace
}  // namespace distinct::service
