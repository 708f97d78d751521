// What the machine leaves to examiners: cases, verdicts, claims and merges through a real server.
#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "engine/ledger/ledger.h"
#include "matchers/finger/template.h"
#include "tests/engine/service/town_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Verdicts = std::vector<std::pair<std::string, v1::Verdict>>;

// One of the two fingers of Prints().
v1::Biometrics Finger(uint64_t person, uint32_t impression, int finger) {
  v1::Biometrics one;
  *one.add_samples() = Prints(person, impression).samples(finger);
  return one;
}

class AdjudicationTest : public TownTest {
 protected:
  // A new capture of `enrolment_id`, who is `person`, with as many minutiae of a stranger in it as
  // leave it in doubt.
  v1::Biometrics InDoubt(uint64_t person, const std::string& enrolment_id) {
    v1::GetStatusResponse status;
    {
      grpc::ClientContext context;
      EXPECT_TRUE(gallery_->GetStatus(&context, {}, &status).ok());
    }
    const v1::Template captured = Extracted(Finger(person, 1, 0)).templates(0);
    finger::FingerTemplate print = *finger::ParseTemplate(captured.data());
    const auto stranger = finger::ParseTemplate(Extracted(Finger(9, 0, 0)).templates(0).data());
    for (size_t i = std::min(print.minutiae.size(), stranger->minutiae.size()); i-- > 0;) {
      print.minutiae[i] = stranger->minutiae[i];
      v1::VerifyRequest verify;
      verify.set_enrolment_id(enrolment_id);
      verify.set_purpose("test");
      v1::Template* const features = verify.mutable_probe()->add_templates();
      *features = captured;
      features->set_data(finger::Serialize(print));
      v1::VerifyResponse verified;
      grpc::ClientContext context;
      EXPECT_TRUE(identification_->Verify(&context, verify, &verified).ok());
      if (verified.llr() >= status.llr_duplicate()) continue;
      EXPECT_GE(verified.llr(), status.llr_review()) << "no share leaves it in doubt";
      return verify.probe();
    }
    ADD_FAILURE() << "every share decides";
    return {};
  }
  // "maybe" is in REVIEW, with "ada" as its candidate.
  void PutMaybeInReview() {
    ASSERT_EQ(Enrolled("ada", Prints(0, 0)).kind(), v1::UNIQUE);
    const v1::Decision maybe = Enrolled("maybe", InDoubt(0, "ada"));
    ASSERT_EQ(maybe.kind(), v1::REVIEW);
    ASSERT_EQ(maybe.candidates_size(), 1);
  }
  static v1::AdjudicateRequest AdjudicateRequestOf(const std::string& id,
                                                   const Verdicts& verdicts) {
    v1::AdjudicateRequest request;
    request.set_enrolment_id(id);
    request.set_reason("test");
    for (const auto& [candidate, verdict] : verdicts) {
      v1::PairVerdict& added = *request.add_verdicts();
      added.set_candidate(candidate);
      added.set_verdict(verdict);
    }
    return request;
  }
  grpc::Status Adjudicate(const std::string& id, const Verdicts& verdicts, v1::Decision& decision) {
    return Send(AdjudicateRequestOf(id, verdicts), decision);
  }
  grpc::Status Send(const v1::AdjudicateRequest& request, v1::Decision& decision) {
    v1::AdjudicateResponse response;
    grpc::ClientContext context;
    const grpc::Status status = adjudication_->Adjudicate(&context, request, &response);
    decision = response.decision();
    return status;
  }
  v1::Decision Adjudicated(const std::string& id, const Verdicts& verdicts) {
    v1::Decision decision;
    const grpc::Status status = Adjudicate(id, verdicts, decision);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return decision;
  }
  void ExpectRefused(const std::string& id, const Verdicts& verdicts, grpc::StatusCode code,
                     const std::string& text) {
    v1::Decision decision;
    const grpc::Status status = Adjudicate(id, verdicts, decision);
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(text));
    EXPECT_THAT(status.error_message(), HasSubstr("want"));
  }
  // Says that "wrong" is DIFFERENT from whom it is a DUPLICATE of.
  grpc::Status TakeBack(const std::string& wrong, const std::string& duplicate_of,
                        const Verdicts& verdicts, v1::Decision& decision) {
    v1::AdjudicateRequest request = AdjudicateRequestOf(wrong, verdicts);
    request.set_duplicate_of(duplicate_of);
    return Send(request, decision);
  }
  v1::Decision TakenBack(const std::string& wrong, const std::string& duplicate_of) {
    v1::Decision decision;
    const grpc::Status status =
        TakeBack(wrong, duplicate_of, {{duplicate_of, v1::DIFFERENT}}, decision);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return decision;
  }
  static void ExpectRefused(const grpc::Status& status, const std::string& text) {
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(absl::StrCat(status.error_message(), status.error_details()), HasSubstr(text));
    EXPECT_THAT(absl::StrCat(status.error_message(), status.error_details()), HasSubstr("want"));
  }
  grpc::Status Claim(const std::string& id, v1::Case& claimed) {
    v1::ClaimCaseRequest request;
    request.set_enrolment_id(id);
    v1::ClaimCaseResponse response;
    grpc::ClientContext context;
    const grpc::Status status = adjudication_->ClaimCase(&context, request, &response);
    claimed = response.case_();
    return status;
  }
  std::vector<std::string> Cases(bool closed) {
    v1::ListCasesRequest request;
    request.set_closed(closed);
    request.set_page_size(1);
    std::vector<std::string> ids;
    do {
      v1::ListCasesResponse page;
      grpc::ClientContext context;
      EXPECT_TRUE(adjudication_->ListCases(&context, request, &page).ok());
      EXPECT_LE(page.cases_size(), 1);
      for (const v1::Case& one : page.cases()) ids.push_back(one.enrolment_id());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }
  // The machine takes "wrong" for "ada", who an examiner says it is not; then it is erased.
  void TakeWrongBack() {
    ASSERT_EQ(Enrolled("ada", Prints(0, 0)).kind(), v1::UNIQUE);
    ASSERT_EQ(Enrolled("wrong", Prints(0, 1)).duplicate_of(), "ada");
    EXPECT_EQ(TakenBack("wrong", "ada").duplicate_of(), "ada");
    Erase("wrong");
  }
  static v1::EnrolRequest Redo(const std::string& id, const std::string& case_id,
                               const v1::Biometrics& biometrics) {
    v1::EnrolRequest request = Enrolment(id, biometrics);
    request.set_case_id(case_id);
    return request;
  }
  v1::Decision Redone(const std::string& id, const std::string& case_id,
                      const v1::Biometrics& biometrics) {
    v1::Decision decision;
    const grpc::Status status = Enrol(Redo(id, case_id, biometrics), decision);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return decision;
  }
  void ExpectRedoRefused(const std::string& case_id, grpc::StatusCode code,
                         const std::string& text) {
    v1::Decision decision;
    const grpc::Status status = Enrol(Redo("again", case_id, Prints(0, 2)), decision);
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("case_id: got " + case_id));
    EXPECT_THAT(status.error_message(), HasSubstr(text));
    EXPECT_THAT(status.error_message(), HasSubstr("want"));
    v1::GetEnrolmentRequest get;
    get.set_enrolment_id("again");
    v1::GetEnrolmentResponse stored;
    grpc::ClientContext context;
    EXPECT_EQ(enrolment_->GetEnrolment(&context, get, &stored).error_code(),
              grpc::StatusCode::NOT_FOUND);
  }
  grpc::Status Merge(const std::string& one, const std::string& other,
                     v1::MergeResponse& response) {
    v1::MergeRequest request;
    request.set_enrolment_id(one);
    request.set_other_enrolment_id(other);
    request.set_reason("test");
    grpc::ClientContext context;
    return adjudication_->Merge(&context, request, &response);
  }
};

TEST_F(AdjudicationTest, ACaseShowsTheCandidatesAndWhichMinutiaeAgree) {
  PutMaybeInReview();
  EXPECT_THAT(Cases(false), ElementsAre("maybe"));
  const v1::GetCaseResponse seen = CaseOf("maybe");
  EXPECT_EQ(seen.case_().kind(), v1::REVIEW_CASE);
  EXPECT_EQ(seen.case_().claimed_by(), "");
  EXPECT_EQ(seen.decision().kind(), v1::REVIEW);
  ASSERT_EQ(seen.candidates_size(), 1);
  const v1::CaseCandidate& candidate = seen.candidates(0);
  EXPECT_EQ(candidate.candidate().enrolment_id(), "ada");
  EXPECT_EQ(candidate.kind(), v1::UNIQUE);
  EXPECT_EQ(candidate.verdict(), v1::VERDICT_UNSPECIFIED);
  ASSERT_EQ(candidate.comparisons_size(), 1) << "the position that both have";
  const v1::PairComparison& comparison = candidate.comparisons(0);
  EXPECT_EQ(comparison.position(), Prints(0, 0).samples(0).position());
  EXPECT_EQ(comparison.reference_position(), comparison.position());
  EXPECT_NEAR(comparison.llr(), candidate.candidate().llr(), 1e-5);
  double shares = 0, last = 1;
  ASSERT_GT(comparison.minutiae_size(), 3);
  for (const v1::PairedMinutiae& pair : comparison.minutiae()) {
    EXPECT_LE(pair.share(), last);
    last = pair.share();
    shares += pair.share();
  }
  EXPECT_NEAR(shares, 1, 1e-3);
}

TEST_F(AdjudicationTest, SameMakesADuplicateAndRepeatingItChangesNothing) {
  PutMaybeInReview();
  const v1::Decision decided = Adjudicated("maybe", {{"ada", v1::SAME}});
  EXPECT_EQ(decided.kind(), v1::DUPLICATE);
  EXPECT_EQ(decided.duplicate_of(), "ada");
  EXPECT_EQ(Adjudicated("maybe", {{"ada", v1::SAME}}).SerializeAsString(),
            decided.SerializeAsString());
  // Who looked at an older view of the case overrules nobody.
  ExpectRefused("maybe", {{"ada", v1::DIFFERENT}}, grpc::StatusCode::FAILED_PRECONDITION,
                "in DUPLICATE, want one in REVIEW");
  EXPECT_THAT(Cases(false), IsEmpty());
  EXPECT_THAT(Cases(true), ElementsAre("maybe"));
  EXPECT_EQ(CaseOf("maybe").candidates(0).verdict(), v1::SAME);
  const auto events = Watch(*enrolment_, 2, 1);
  EXPECT_EQ(events.at(0).event(), v1::WatchDecisionsResponse::ADJUDICATED);
  EXPECT_EQ(events.at(0).decision().duplicate_of(), "ada");
}

TEST_F(AdjudicationTest, DifferentMakesAPersonOfTheirOwnAlsoAfterARestart) {
  PutMaybeInReview();
  EXPECT_EQ(Adjudicated("maybe", {{"ada", v1::DIFFERENT}}).kind(), v1::UNIQUE);
  StopServer();
  StartServer();
  EXPECT_EQ(Adjudicated("maybe", {{"ada", v1::DIFFERENT}}).kind(), v1::UNIQUE);
  EXPECT_EQ(CaseOf("maybe").candidates(0).verdict(), v1::DIFFERENT);
}

TEST_F(AdjudicationTest, ACandidateWithoutAVerdictIsNamedAndNothingStored) {
  PutMaybeInReview();
  ExpectRefused("maybe", {}, grpc::StatusCode::FAILED_PRECONDITION, "got none on ada");
  EXPECT_THAT(Cases(false), ElementsAre("maybe"));
  EXPECT_EQ(CaseOf("maybe").candidates(0).verdict(), v1::VERDICT_UNSPECIFIED);
}

TEST_F(AdjudicationTest, ACandidateInReviewIsSettledFirst) {
  PutMaybeInReview();
  // The same few minutiae: beyond doubt like "maybe", in doubt like "ada".
  const v1::Decision second = Enrolled("maybe-2", InDoubt(0, "ada"));
  ASSERT_EQ(second.kind(), v1::REVIEW);
  ASSERT_EQ(second.candidates_size(), 2);
  const Verdicts both = {{"ada", v1::DIFFERENT}, {"maybe", v1::SAME}};
  ExpectRefused("maybe-2", both, grpc::StatusCode::FAILED_PRECONDITION,
                "got SAME as maybe, which is in REVIEW itself");
  EXPECT_EQ(Adjudicated("maybe", {{"ada", v1::DIFFERENT}}).kind(), v1::UNIQUE);
  EXPECT_EQ(Adjudicated("maybe-2", both).duplicate_of(), "maybe");
}

TEST_F(AdjudicationTest, VerdictsOnStrangersAndOnWhatIsNotInReviewAreRefused) {
  PutMaybeInReview();
  v1::Decision decision;
  const grpc::Status status =
      Adjudicate("maybe", {{"nobody", v1::SAME}, {"ada", v1::SAME}, {"maybe", v1::SAME}}, decision);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(BadFields(status), ElementsAre("verdicts[0].candidate", "verdicts[2].candidate"));
  ExpectRefused("ada", {}, grpc::StatusCode::FAILED_PRECONDITION, "in UNIQUE, want one in REVIEW");
  ExpectRefused("nobody", {}, grpc::StatusCode::NOT_FOUND, "nobody");
  EXPECT_THAT(Cases(false), ElementsAre("maybe"));
}

TEST_F(AdjudicationTest, WhereThereIsNobodyToCompareWithAReasonIsEnough) {
  v1::Biometrics mixed = Prints(0, 0);
  mixed.mutable_samples(1)->set_position(mixed.samples(0).position());
  ASSERT_EQ(Enrolled("mixed", mixed).kind(), v1::REVIEW);
  EXPECT_EQ(Adjudicated("mixed", {}).kind(), v1::UNIQUE);
  EXPECT_EQ(Adjudicated("mixed", {}).kind(), v1::UNIQUE) << "again";
}

TEST_F(AdjudicationTest, ACaseIsOneExaminersUntilTheirTimeIsOver) {
  PutMaybeInReview();
  v1::Case claimed;
  ASSERT_TRUE(Claim("maybe", claimed).ok());
  EXPECT_EQ(claimed.claimed_by(), "unauthenticated local");
  absl::Time until;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, claimed.claimed_until(), &until, nullptr));
  EXPECT_LT(absl::AbsDuration(until - absl::Now() - absl::Hours(1)), absl::Minutes(1));
  ASSERT_TRUE(Claim("maybe", claimed).ok()) << "their own again";

  StopServer();
  {
    const auto opened = ledger::Ledger::Open(store_ / "store");
    ASSERT_THAT(opened, testing::IsOk());
    const Ticket maybe = (*opened)->Find({"maybe"})->ticket;
    ASSERT_THAT((*opened)->ClaimCase(maybe, "unauthenticated local", absl::Now()), testing::IsOk());
    ASSERT_THAT((*opened)->ClaimCase(maybe, "bob", absl::Now() + absl::Hours(1)), testing::IsOk());
  }
  StartServer();
  const grpc::Status taken = Claim("maybe", claimed);
  EXPECT_EQ(taken.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(taken.error_message(), HasSubstr("claimed by bob"));
  ExpectRefused("maybe", {{"ada", v1::SAME}}, grpc::StatusCode::FAILED_PRECONDITION,
                "a case that bob has claimed");
  EXPECT_EQ(CaseOf("maybe").case_().claimed_by(), "bob");
  EXPECT_EQ(Claim("ada", claimed).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(AdjudicationTest, OneWhoWasEnrolledTwiceIsMergedAndCountsForTheEarlier) {
  ASSERT_EQ(Enrolled("thumb", Finger(0, 0, 0)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("index", Finger(0, 0, 1)).kind(), v1::UNIQUE);
  const v1::Decision both = Enrolled("both", Prints(0, 1));
  EXPECT_EQ(both.duplicate_of(), "thumb");
  EXPECT_THAT(Cases(false), ElementsAre("both"));
  const v1::Case merge_case = CaseOf("both").case_();
  EXPECT_EQ(merge_case.kind(), v1::MERGE_CASE);
  EXPECT_THAT(merge_case.persons(), ElementsAre("thumb", "index"));

  v1::MergeResponse merged;
  for (int time = 0; time < 2; ++time) {
    ASSERT_TRUE(Merge("index", "thumb", merged).ok()) << time;
    EXPECT_EQ(merged.merged(), "index");
    EXPECT_EQ(merged.into(), "thumb");
  }
  EXPECT_THAT(Cases(false), IsEmpty());
  EXPECT_EQ(Enrolled("index-2", Finger(0, 1, 1)).duplicate_of(), "thumb");
  EXPECT_EQ(Watch(*enrolment_, 3, 1).at(0).event(), v1::WatchDecisionsResponse::MERGED);

  v1::IdentifyRequest identify;
  *identify.mutable_biometrics() = Finger(0, 2, 1);
  identify.set_purpose("test");
  v1::IdentifyResponse found;
  grpc::ClientContext context;
  ASSERT_TRUE(identification_->Identify(&context, identify, &found).ok());
  ASSERT_GE(found.candidates_size(), 1);
  EXPECT_EQ(found.candidates(0).enrolment_id(), "thumb");

  EXPECT_EQ(Merge("thumb", "both", merged).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Merge("thumb", "nobody", merged).error_code(), grpc::StatusCode::NOT_FOUND);
  const v1::Decision later = CaseOf("both").decision();
  EXPECT_EQ(later.kind(), v1::DUPLICATE) << "decisions stay as they are";
}

TEST_F(AdjudicationTest, ADuplicateTakesDifferentInThePlaceOfSameAndStays) {
  PutMaybeInReview();
  const v1::Decision decided = Adjudicated("maybe", {{"ada", v1::SAME}});
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(TakenBack("maybe", "ada").SerializeAsString(), decided.SerializeAsString()) << time;
  }
  EXPECT_EQ(CaseOf("maybe").candidates(0).verdict(), v1::DIFFERENT);
  ExpectRefused("maybe", {{"ada", v1::SAME}}, grpc::StatusCode::FAILED_PRECONDITION,
                "in DUPLICATE, want one in REVIEW");
  EXPECT_EQ(CaseOf("maybe").candidates(0).verdict(), v1::DIFFERENT);
}

TEST_F(AdjudicationTest, AMachinesDuplicateIsShownAndTakenBackOnlyByWhomItIsOf) {
  ASSERT_EQ(Enrolled("ada", Prints(0, 0)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("bea", Prints(1, 0)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("wrong", Prints(0, 1)).duplicate_of(), "ada");
  const v1::GetCaseResponse shown = CaseOf("wrong");
  EXPECT_TRUE(shown.case_().closed());
  EXPECT_EQ(shown.case_().enrolment_id(), "wrong");
  ASSERT_EQ(shown.candidates_size(), 1);
  EXPECT_GE(shown.candidates(0).comparisons_size(), 2);
  v1::GetCaseRequest request;
  request.set_enrolment_id("ada");
  v1::GetCaseResponse none;
  grpc::ClientContext context;
  EXPECT_EQ(adjudication_->GetCase(&context, request, &none).error_code(),
            grpc::StatusCode::NOT_FOUND);
  v1::Decision decision;
  const grpc::Status unmeant = Adjudicate("wrong", {{"ada", v1::DIFFERENT}}, decision);
  EXPECT_EQ(unmeant.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(CaseOf("wrong").candidates(0).verdict(), v1::VERDICT_UNSPECIFIED);
  TakenBack("wrong", "ada");
  EXPECT_EQ(CaseOf("wrong").candidates(0).verdict(), v1::DIFFERENT);
}

TEST_F(AdjudicationTest, AWrongDuplicateIsTakenBackAndEnrolledAgainAlsoAfterARestart) {
  TakeWrongBack();
  StopServer();
  StartServer();
  const v1::Decision again = Redone("again", "wrong", Prints(0, 2));
  EXPECT_EQ(again.kind(), v1::UNIQUE);
  EXPECT_EQ(again.case_id(), "wrong");
  EXPECT_EQ(again.candidates(0).enrolment_id(), "ada") << "still told";
  EXPECT_EQ(Redone("again", "wrong", Prints(0, 2)).SerializeAsString(), again.SerializeAsString());
  StopServer();
  StartServer();
  EXPECT_EQ(Redone("again", "wrong", Prints(0, 2)).SerializeAsString(), again.SerializeAsString());
  v1::ListReferencesResponse listed;
  grpc::ClientContext context;
  ASSERT_TRUE(gallery_->ListReferences(&context, {}, &listed).ok());
  EXPECT_EQ(listed.references(2).case_id(), "wrong");
  EXPECT_EQ(listed.references(0).case_id(), "");
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 3)).duplicate_of(), "ada") << "without the case, as ever";
}

TEST_F(AdjudicationTest, WhoIsReallyAThirdPersonIsTheDuplicateOfThatOne) {
  // Two of whom "wrong" has a finger each; the examiner says that it is not the first.
  ASSERT_EQ(Enrolled("thumb", Finger(0, 0, 0)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("index", Finger(0, 0, 1)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("wrong", Prints(0, 1)).duplicate_of(), "thumb");
  TakenBack("wrong", "thumb");
  Erase("wrong");
  EXPECT_EQ(Redone("again", "wrong", Prints(0, 2)).duplicate_of(), "index");
  EXPECT_THAT(Cases(false), IsEmpty()) << "of one person only";
  // And that was wrong too: the second case carries the first.
  TakenBack("again", "index");
  Erase("again");
  EXPECT_EQ(Redone("at-last", "again", Prints(0, 3)).kind(), v1::UNIQUE);
}

TEST_F(AdjudicationTest, WhoeverCountsForTheOtherIsNoMatchEither) {
  TakeWrongBack();
  ASSERT_EQ(Enrolled("ada-2", Prints(0, 3)).duplicate_of(), "ada");
  EXPECT_EQ(Redone("again", "wrong", Prints(0, 2)).kind(), v1::UNIQUE);
}

TEST_F(AdjudicationTest, ACaseThatCannotBeCarriedOnIsRefusedAndNothingStored) {
  ASSERT_EQ(Enrolled("ada", Prints(0, 0)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("wrong", Prints(0, 1)).duplicate_of(), "ada");
  ExpectRedoRefused("nobody", grpc::StatusCode::NOT_FOUND, "check the id");
  ExpectRedoRefused("wrong", grpc::StatusCode::FAILED_PRECONDITION, "adjudicate it first");
  TakenBack("wrong", "ada");
  ExpectRedoRefused("wrong", grpc::StatusCode::FAILED_PRECONDITION, "erase it, then enrol again");
  Erase("wrong");
  ExpectRefused("wrong", {{"ada", v1::SAME}}, grpc::StatusCode::FAILED_PRECONDITION, "DUPLICATE");
  EXPECT_EQ(Redone("again", "wrong", Prints(0, 2)).kind(), v1::UNIQUE);
  v1::Decision decision;
  const grpc::Status conflict = Enrol(Enrolment("again", Prints(0, 2)), decision);
  EXPECT_EQ(conflict.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_THAT(conflict.error_message(), HasSubstr("with other case_id than number "));
}

TEST_F(AdjudicationTest, WhatIsErasedOrAnothersCaseTakesNoVerdict) {
  ASSERT_EQ(Enrolled("ada", Prints(0, 0)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("wrong", Prints(0, 1)).duplicate_of(), "ada");
  v1::Decision decision;
  ASSERT_EQ(Enrolled("bea", Prints(1, 0)).kind(), v1::UNIQUE);
  EXPECT_THAT(BadFields(TakeBack("wrong", "ada", {{"ada", v1::DIFFERENT}, {"bea", v1::DIFFERENT}},
                                 decision)),
              ElementsAre("verdicts[1].candidate"));
  EXPECT_THAT(BadFields(TakeBack("wrong", "ada", {{"bea", v1::SAME}}, decision)),
              ElementsAre("verdicts[0].verdict", "verdicts"));
  ExpectRefused(TakeBack("wrong", "bea", {{"bea", v1::DIFFERENT}}, decision), "a candidate of");
  ExpectRefused(TakeBack("ada", "bea", {{"bea", v1::DIFFERENT}}, decision), "a candidate of");
  Erase("wrong");
  ExpectRefused(TakeBack("wrong", "ada", {{"ada", v1::DIFFERENT}}, decision), "which is erased");

  // Of several persons, so that there is a case that somebody can take.
  ASSERT_EQ(Enrolled("thumb", Finger(2, 0, 0)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("index", Finger(2, 0, 1)).kind(), v1::UNIQUE);
  ASSERT_EQ(Enrolled("both", Prints(2, 1)).duplicate_of(), "thumb");
  StopServer();
  {
    const auto opened = ledger::Ledger::Open(store_ / "store");
    ASSERT_THAT(opened, testing::IsOk());
    const Ticket both = (*opened)->Find({"both"})->ticket;
    ASSERT_THAT((*opened)->ClaimCase(both, "bob", absl::Now() + absl::Hours(1)), testing::IsOk());
  }
  StartServer();
  ExpectRefused(TakeBack("both", "thumb", {{"thumb", v1::DIFFERENT}}, decision),
                "a case that bob has claimed");
}

TEST_F(AdjudicationTest, EveryCallChecksWhatItIsSent) {
  v1::Case claimed;
  EXPECT_THAT(BadFields(Claim("a b", claimed)), ElementsAre("enrolment_id"));
  v1::MergeResponse merged;
  EXPECT_THAT(BadFields(Merge("", "", merged)), ElementsAre("enrolment_id", "other_enrolment_id"));
  EXPECT_THAT(BadFields(Merge("ada", "ada", merged)), ElementsAre("other_enrolment_id"));
  v1::Decision decision;
  EXPECT_THAT(BadFields(Adjudicate("", {{"", v1::SAME}, {"a", v1::VERDICT_UNSPECIFIED}}, decision)),
              ElementsAre("enrolment_id", "verdicts[0].candidate", "verdicts[1].verdict"));
  grpc::ClientContext list_context, get_context;
  v1::ListCasesRequest list;
  list.set_page_token("x");
  v1::ListCasesResponse cases;
  EXPECT_THAT(BadFields(adjudication_->ListCases(&list_context, list, &cases)),
              ElementsAre("page_token"));
  v1::GetCaseResponse one;
  EXPECT_THAT(BadFields(adjudication_->GetCase(&get_context, {}, &one)),
              ElementsAre("enrolment_id"));
}

}  // namespace
}  // namespace distinct::service
