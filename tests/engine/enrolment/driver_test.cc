// A driver where things go wrong: a gallery that lags, a probe that cannot be processed.
#include "engine/enrolment/driver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "tests/simulation/town.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::enrolment {
namespace {

using ::distinct::testing::AuditOf;
using ::distinct::testing::DrawPerson;
using ::distinct::testing::IsOk;
using ::distinct::testing::PersonTemplates;
using ::distinct::testing::Recapture;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;
using ::distinct::testing::Town;
using ledger::DecisionKind;

class DriverTest : public ::testing::Test {
 protected:
  Ticket Append(const std::string& id, const PersonTemplates& templates) {
    return town_.ledger->Append(town_.Submission(id, templates), std::nullopt)->state.ticket;
  }
  Ticket Append(const std::string& id) { return Append(id, DrawPerson(random_, 2)); }
  // `templates` and a face, which cannot be searched for here.
  Ticket AppendUnsearchable(const std::string& id, PersonTemplates templates) {
    templates.push_back({Position::kFace, 1, Quality{80}, "a face"});
    return Append(id, templates);
  }
  void Follow() {
    const auto entries = town_.ledger->Follow(town_.gallery->watermark(), 100, 1 << 20);
    ASSERT_THAT(entries, IsOk());
    for (const ledger::Entry& entry : *entries) {
      ASSERT_THAT(town_.gallery->Add(entry.ticket, entry.templates), IsOk());
    }
  }
  absl::StatusOr<ledger::State> Drive(Ticket n, absl::Time deadline) {
    DriveReport report;
    return driver_.DriveAgain(n, deadline, report);
  }

  TempDir folder_;
  std::mt19937_64 random_{1};
  Town town_{folder_ / "store", false};
  WriteWatch writes_;
  Driver driver_{*town_.ledger, *town_.gallery, *town_.cascade, writes_, SystemClock()};
};

TEST_F(DriverTest, AGalleryThatLagsLeavesTheEnrolmentOpenHoweverOftenItIsTried) {
  Append("e-1");
  const Ticket n = Append("e-2");
  for (int i = 0; i < 2 * kFailedAttemptsMax; ++i) {
    EXPECT_THAT(Drive(n, absl::Now()), StatusIs(absl::StatusCode::kUnavailable, "gallery: got"));
  }
  EXPECT_EQ(town_.ledger->StateOf(n)->decision.kind, DecisionKind::kOpen);
  Follow();
  EXPECT_EQ(Drive(n, absl::InfiniteFuture())->decision.kind, DecisionKind::kUnique);
}

TEST_F(DriverTest, AProbeThatFailsThreeTimesGoesToReview) {
  const Ticket n = AppendUnsearchable("e-1", DrawPerson(random_, 2));
  for (int i = 0; i < kFailedAttemptsMax; ++i) {
    EXPECT_THAT(Drive(n, absl::InfiniteFuture()),
                StatusIs(absl::StatusCode::kFailedPrecondition, "got FACE"));
  }
  const auto state = Drive(n, absl::InfiniteFuture());
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->decision.kind, DecisionKind::kReview);
  EXPECT_EQ(state->decision.findings.at(0).code, "PROCESSING_FAILED");
}

TEST_F(DriverTest, AnAttemptThatACrashEndedCountsToo) {
  const Ticket n = Append("e-1");
  // What three processes left behind that died while driving.
  for (int i = 0; i < kFailedAttemptsMax; ++i) {
    ASSERT_THAT(town_.ledger->CountFailedAttempt(n), IsOk());
  }
  EXPECT_EQ(Drive(n, absl::InfiniteFuture())->decision.kind, DecisionKind::kReview);
}

TEST_F(DriverTest, WhoWaitsForAFailingEnrolmentIsToldToComeAgainAndStaysOpen) {
  const PersonTemplates person = DrawPerson(random_, 2);
  AppendUnsearchable("e-1", person);
  const Ticket n = Append("e-2", person);
  Follow();
  for (int i = 0; i < kFailedAttemptsMax; ++i) {
    EXPECT_THAT(Drive(n, absl::InfiniteFuture()),
                StatusIs(absl::StatusCode::kUnavailable, "number 2 waits for number 1"));
  }
  const auto state = Drive(n, absl::InfiniteFuture());
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->decision.kind, DecisionKind::kReview) << "its match is in review now";
  EXPECT_EQ(town_.ledger->StateOf(Ticket{1})->decision.kind, DecisionKind::kReview);
}

TEST_F(DriverTest, WhatIsOpenWhenAPolicyIsSetIsDecidedByTheOneOfItsAppend) {
  const PersonTemplates person = DrawPerson(random_, 2);
  const Ticket first = Append("e-1", person);
  const Ticket before = Append("e-2", Recapture(random_, person));
  // Beyond all evidence: every match goes to an examiner.
  const auto set = town_.ledger->SetPolicy({{}, Llr{900}, Llr{1}}, AuditOf("POLICY"));
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->policy.version, PolicyVersion{2});
  EXPECT_EQ(set->number, Ticket{3});
  const Ticket after = Append("e-3", Recapture(random_, person));
  Follow();
  EXPECT_EQ(town_.gallery->watermark(), after) << "the follower passes over the policy";

  const auto old = Drive(before, absl::InfiniteFuture());
  ASSERT_THAT(old, IsOk());
  EXPECT_EQ(old->decision.kind, DecisionKind::kDuplicate);
  EXPECT_EQ(old->decision.original, first);
  const auto fresh = Drive(after, absl::InfiniteFuture());
  ASSERT_THAT(fresh, IsOk());
  EXPECT_EQ(fresh->decision.kind, DecisionKind::kReview);
}

TEST_F(DriverTest, ARedoThatACrashLeftOpenIsDrivenWithTheCaseThatItCarriesOn) {
  const PersonTemplates person = DrawPerson(random_, 2);
  const Ticket other = Append("e-1", person), wrong = Append("e-2", Recapture(random_, person));
  Follow();
  ASSERT_EQ(Drive(wrong, absl::InfiniteFuture())->decision.original, other);
  const auto said = town_.ledger->Distinguish(wrong, {&other, 1}, AuditOf("ADJUDICATE"));
  ASSERT_THAT(said, IsOk());
  EXPECT_EQ(said->decision.original, other) << "no decision is ever rewritten";
  ASSERT_THAT(town_.ledger->Erase({"e-2"}, AuditOf("ERASE")), IsOk());
  ledger::Enrolment redo = town_.Submission("e-3", Recapture(random_, person));
  redo.case_ticket = wrong;
  const Ticket n = town_.ledger->Append(redo, std::nullopt)->state.ticket;
  const Ticket later = Append("e-4", Recapture(random_, person));
  Follow();
  EXPECT_EQ(Drive(later, absl::InfiniteFuture())->decision.original, other) << "and drives n first";
  const ledger::State state = *town_.ledger->StateOf(n);
  EXPECT_EQ(state.decision.kind, DecisionKind::kUnique);
  EXPECT_EQ(state.decision.candidates.at(0).ticket, other) << "it is told whom it looks like";
}

// Whoever drives it, and whatever the server's policy is by then.
TEST_F(DriverTest, AFindingAsksForWhatThePolicyAtTheAppendSaid) {
  using enum ledger::FindingAction;
  const ledger::ImageDigest image{Position::kRightThumb, town_.ledger->DigestOfImage("thumb")};
  struct Case {
    ledger::FindingAction action;
    DecisionKind kind;
    size_t told;  // the first is OPEN until a finding asks for something; the second is not
  };
  const Case cases[] = {{kNote, DecisionKind::kUnique, 1},
                        {kReview, DecisionKind::kReview, 2},
                        {kRefuse, DecisionKind::kRefused, 1}};
  ledger::Enrolment first = town_.Submission("first", DrawPerson(random_, 2));
  first.policy = PolicyVersion{1};
  first.images = {image};
  ASSERT_THAT(town_.ledger->Append(first, std::nullopt), IsOk());
  for (const auto& [action, kind, told] : cases) {
    ledger::Enrolment enrolment =
        town_.Submission(std::string(ActionName(action)), DrawPerson(random_, 2));
    enrolment.policy = PolicyVersion{1};
    enrolment.images = {image};
    enrolment.finding_policy.Set(ledger::Check::kReplay, action);
    const Ticket n = town_.ledger->Append(enrolment, std::nullopt)->state.ticket;
    Follow();
    const auto state = Drive(n, absl::InfiniteFuture());
    ASSERT_THAT(state, IsOk());
    EXPECT_EQ(state->decision.kind, kind);
    ASSERT_EQ(state->decision.findings.size(), told);
    for (const ledger::Finding& finding : state->decision.findings) {
      EXPECT_EQ(finding.code, "REPLAY");
      EXPECT_EQ(finding.action, action);
    }
    EXPECT_NE(state->decision.findings[0].text.find("that first brought"), std::string::npos);
  }
  EXPECT_EQ(town_.ledger->StateOf(Ticket{1})->decision.kind, DecisionKind::kUnique)
      << "driven first";
}

// It is searched only now, and the machine that finds the replay no longer has the word.
TEST_F(DriverTest, AnExaminerSettlesWhatCouldNotBeSearchedWhateverIsFoundByThen) {
  const ledger::ImageDigest image{Position::kRightThumb, town_.ledger->DigestOfImage("thumb")};
  Ticket n = kNoTicket;
  for (const char* id : {"first", "second"}) {
    ledger::Enrolment enrolment = town_.Submission(id, DrawPerson(random_, 2));
    enrolment.policy = PolicyVersion{1};
    enrolment.images = {image};
    enrolment.finding_policy.Set(ledger::Check::kReplay, ledger::FindingAction::kRefuse);
    n = town_.ledger->Append(enrolment, std::nullopt)->state.ticket;
  }
  for (int i = 0; i < kFailedAttemptsMax; ++i) {
    ASSERT_THAT(town_.ledger->CountFailedAttempt(n), IsOk());
  }
  Follow();
  ASSERT_EQ(Drive(n, absl::InfiniteFuture())->decision.kind, DecisionKind::kReview);
  const auto settled = driver_.Adjudicate(n, {}, AuditOf("ADJUDICATE"), absl::InfiniteFuture());
  ASSERT_THAT(settled, IsOk());
  EXPECT_EQ(settled->decision.kind, DecisionKind::kUnique);
  EXPECT_EQ(settled->decision.searched_count, 1U);
  const auto& findings = settled->decision.findings;
  EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const ledger::Finding& one) {
    return one.code == "REPLAY";
  })) << "still told";
}

TEST_F(DriverTest, AnExaminerDoesNotDenyAPersonAndNameARecordThatCountsForThem) {
  const PersonTemplates person = DrawPerson(random_, 2);
  const Ticket first = Append("e-1", person), record = Append("e-2", Recapture(random_, person)),
               n = Append("e-3", Recapture(random_, person));
  for (int i = 0; i < kFailedAttemptsMax; ++i) {
    ASSERT_THAT(town_.ledger->CountFailedAttempt(n), IsOk());
  }
  Follow();
  ASSERT_EQ(Drive(record, absl::InfiniteFuture())->decision.original, first);
  ASSERT_EQ(Drive(n, absl::InfiniteFuture())->decision.kind, DecisionKind::kReview);
  const auto said = [&](ledger::Verdict of_first) {
    return driver_.Adjudicate(n, {{first, of_first}, {record, ledger::Verdict::kSame}},
                              AuditOf("ADJUDICATE"), absl::InfiniteFuture());
  };
  EXPECT_THAT(said(ledger::Verdict::kDifferent),
              StatusIs(absl::StatusCode::kFailedPrecondition, "got DIFFERENT on e-1"));
  EXPECT_EQ(town_.ledger->StateOf(n)->decision.kind, DecisionKind::kReview);
  const auto settled = said(ledger::Verdict::kSame);
  ASSERT_THAT(settled, IsOk());
  EXPECT_EQ(settled->decision.original, first);
}

TEST_F(DriverTest, AnErasedEnrolmentIsAnsweredAsWithdrawn) {
  const Ticket n = Append("e-1");
  ASSERT_THAT(town_.ledger->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  EXPECT_EQ(Drive(n, absl::InfiniteFuture())->decision.kind, DecisionKind::kWithdrawn);
}

}  // namespace
}  // namespace distinct::enrolment
