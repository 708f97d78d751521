// What every ledger must do for examiners and updates: cases, verdicts, merges, withdrawals, drops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ledger/ledger.h"
#include "tests/conformance/ledger_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::ledger {
namespace {

using ::distinct::testing::AppendOne;
using ::distinct::testing::AuditOf;
using ::distinct::testing::DecideOne;
using ::distinct::testing::DecideOpOf;
using ::distinct::testing::DecisionOf;
using ::distinct::testing::IsOk;
using ::distinct::testing::NewEnrolment;
using ::distinct::testing::OpenLedger;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

class Examination : public ::testing::Test {
 protected:
  void Reopen() {
    ledger_.reset();
    ledger_ = OpenLedger(folder_ / "store");
  }
  Ticket Person(const std::string& id) {
    const Ticket ticket = AppendOne(*ledger_, id);
    EXPECT_TRUE(DecideOne(*ledger_, ticket, DecisionKind::kUnique).won);
    return ticket;
  }
  Ticket InReview(const std::string& id) {
    const Ticket ticket = AppendOne(*ledger_, id);
    EXPECT_TRUE(DecideOne(*ledger_, ticket, DecisionKind::kReview).won);
    return ticket;
  }
  Ticket DuplicateOf(const std::string& id, Ticket original) {
    const Ticket ticket = AppendOne(*ledger_, id);
    EXPECT_TRUE(DecideOne(*ledger_, ticket, DecisionKind::kDuplicate, original).won);
    return ticket;
  }
  absl::StatusOr<AppendResult> AppendUpdate(const std::string& id, Ticket subject) {
    Enrolment update = NewEnrolment(*ledger_, id, id);
    update.subject = subject;
    return ledger_->Append(update, std::nullopt);
  }
  Ticket Update(const std::string& id, Ticket subject) {
    const auto appended = AppendUpdate(id, subject);
    EXPECT_THAT(appended, IsOk());
    return appended->state.ticket;
  }
  State Of(Ticket ticket) { return *ledger_->StateOf(ticket); }
  std::vector<Ticket> OpenCases() {
    std::vector<Ticket> tickets;
    const auto cases = ledger_->Cases(false, kNoTicket, 100);
    for (const Case& one : *cases) tickets.push_back(one.ticket);
    return tickets;
  }
  absl::StatusOr<State> Distinguish(Ticket duplicate, Ticket other) {
    return ledger_->Distinguish(duplicate, std::vector<Ticket>{other}, AuditOf("ADJUDICATE"));
  }
  absl::StatusOr<AppendResult> AppendRedo(const std::string& id, Ticket case_ticket) {
    Enrolment redo = NewEnrolment(*ledger_, id, id);
    redo.case_ticket = case_ticket;
    return ledger_->Append(redo, std::nullopt);
  }
  std::vector<Ticket> OthersThan(Ticket number) {
    const auto verdicts = ledger_->VerdictsOfCase(number);
    EXPECT_THAT(verdicts, IsOk());
    std::vector<Ticket> others;
    for (const PairVerdict& one : *verdicts) {
      if (one.verdict == Verdict::kDifferent) others.push_back(one.other);
    }
    return others;
  }
  absl::StatusOr<State> Merge(const std::string& a, const std::string& b) {
    return ledger_->Merge({a}, {b}, AuditOf("MERGE"));
  }

  TempDir folder_;
  std::unique_ptr<Ledger> ledger_ = OpenLedger(folder_ / "store");
};

TEST_F(Examination, ReviewOpensACaseAndTheVerdictClosesItForEver) {
  const Ticket person = Person("e-1"), review = InReview("e-2");
  EXPECT_THAT(OpenCases(), ElementsAre(review));
  DecideOp op = DecideOpOf(review, DecisionOf(DecisionKind::kDuplicate, person));
  op.from = DecisionKind::kReview;
  op.verdicts = {{person, Verdict::kSame}};
  ASSERT_TRUE(ledger_->Decide(op)->won);
  EXPECT_THAT(OpenCases(), IsEmpty());
  Reopen();
  EXPECT_EQ(Of(review).decision.original, person);
  EXPECT_TRUE(ledger_->CaseOf(review)->closed);
  EXPECT_THAT(*ledger_->VerdictsOf(review, std::vector<Ticket>{person, Ticket{9}}),
              ElementsAre(Verdict::kSame, Verdict::kNone));
  EXPECT_EQ(ledger_->Feed(FeedSequence{2}, 9)->front().kind, EventKind::kAdjudicated);
  EXPECT_FALSE(ledger_->Decide(op)->won) << "it is not in REVIEW any more";
}

TEST_F(Examination, AMachineDoesNotDecideWhatIsInReview) {
  const Ticket review = InReview("e-1");
  EXPECT_FALSE(DecideOne(*ledger_, review, DecisionKind::kUnique).won);
  EXPECT_EQ(Of(review).decision.kind, DecisionKind::kReview);
}

TEST_F(Examination, ACaseIsClaimedByOneExaminerUntilTheTimeIsOver) {
  const Ticket review = InReview("e-1");
  const absl::Time soon = absl::Now() + absl::Hours(1);
  ASSERT_THAT(ledger_->ClaimCase(review, "ann", soon), IsOk());
  EXPECT_THAT(ledger_->ClaimCase(review, "bob", soon), StatusIs(kPrecondition, "claimed by ann"));
  EXPECT_THAT(ledger_->ClaimCase(review, "ann", absl::Now()), IsOk()) << "to give it back";
  EXPECT_THAT(ledger_->ClaimCase(review, "bob", soon), IsOk());
  EXPECT_EQ(ledger_->CaseOf(review)->claimed_by, "bob");
  EXPECT_THAT(ledger_->ClaimCase(Ticket{7}, "bob", soon),
              StatusIs(absl::StatusCode::kNotFound, "number 7"));
}

TEST_F(Examination, SeveralOriginalsOpenAMergeCaseThatTheMergeCloses) {
  const Ticket a = Person("e-1"), b = Person("e-2"), c = AppendOne(*ledger_, "e-3");
  DecideOp op = DecideOpOf(c, DecisionOf(DecisionKind::kDuplicate, a));
  op.persons = {a, b};
  ASSERT_TRUE(ledger_->Decide(op)->won);
  EXPECT_THAT(OpenCases(), ElementsAre(c));
  EXPECT_THAT(ledger_->CaseOf(c)->persons, ElementsAre(a, b));
  ASSERT_THAT(Merge("e-2", "e-1"), IsOk()) << "the order does not matter";
  EXPECT_THAT(OpenCases(), IsEmpty());
  Reopen();
  EXPECT_EQ(Of(b).parent, a);
  EXPECT_EQ(Of(b).decision.kind, DecisionKind::kUnique) << "decisions do not change";
  EXPECT_EQ(CountsFor(Of(b)), a);
}

TEST_F(Examination, OnlyTwoDifferentLivePersonsAreMerged) {
  const Ticket a = Person("e-1");
  DuplicateOf("e-2", a);
  Person("e-3");
  Person("e-4");
  EXPECT_THAT(Merge("e-1", "e-2"), StatusIs(kPrecondition, "e-2"));
  EXPECT_THAT(Merge("e-1", "e-1"), StatusIs(kPrecondition, "e-1"));
  EXPECT_THAT(Merge("e-1", "nobody"), StatusIs(absl::StatusCode::kNotFound, "nobody"));
  ASSERT_THAT(Merge("e-1", "e-3"), IsOk());
  ASSERT_THAT(Merge("e-1", "e-3"), IsOk()) << "again";
  EXPECT_THAT(Merge("e-3", "e-4"), StatusIs(kPrecondition, "e-3"));
}

TEST_F(Examination, ErasingAPersonErasesWhoeverWasMergedIntoThem) {
  const Ticket a = Person("e-1"), b = Person("e-2");
  const Ticket duplicate = DuplicateOf("e-3", b);
  const Ticket update = Update("e-4", b);
  ASSERT_THAT(Merge("e-1", "e-2"), IsOk());
  EXPECT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE"))->closed,
              ElementsAre(a, b, duplicate, update));
  EXPECT_EQ(Of(update).decision.kind, DecisionKind::kWithdrawn);
}

TEST_F(Examination, ADuplicateOfAMergedPersonIsResolvedAgain) {
  Person("e-1");
  const Ticket b = Person("e-2"), c = AppendOne(*ledger_, "e-3");
  ASSERT_THAT(Merge("e-1", "e-2"), IsOk());
  EXPECT_TRUE(DecideOne(*ledger_, c, DecisionKind::kDuplicate, b).original_gone);
}

TEST_F(Examination, OnlyTheUndecidedIsWithdrawn) {
  const Ticket open = AppendOne(*ledger_, "e-1"), review = InReview("e-2");
  Person("e-3");
  EXPECT_THAT(ledger_->Withdraw({"e-1"}, AuditOf("WITHDRAW"))->closed, ElementsAre(open));
  EXPECT_THAT(ledger_->Withdraw({"e-2"}, AuditOf("WITHDRAW"))->closed, ElementsAre(review));
  EXPECT_THAT(OpenCases(), IsEmpty());
  EXPECT_THAT(ledger_->Withdraw({"e-2"}, AuditOf("WITHDRAW"))->closed, IsEmpty()) << "again";
  EXPECT_THAT(ledger_->Withdraw({"e-3"}, AuditOf("WITHDRAW")),
              StatusIs(kPrecondition, "erase it instead"));
  Reopen();
  EXPECT_EQ(ledger_->counts().withdrawn, 2U);
}

TEST_F(Examination, AnAcceptedUpdateDropsWhatItReplaces) {
  const Ticket person = Person("e-1"), first = Update("u-1", person);
  EXPECT_TRUE(DecideOne(*ledger_, first, DecisionKind::kAccepted).won);
  EXPECT_EQ(Of(person).dropped_at, Ticket{3}) << "the DROP entry";
  const Ticket second = Update("u-2", person);
  EXPECT_TRUE(DecideOne(*ledger_, second, DecisionKind::kAccepted).won);
  Reopen();
  EXPECT_EQ(Of(person).dropped_at, Ticket{3}) << "once";
  EXPECT_EQ(Of(first).dropped_at, Ticket{5});
  EXPECT_EQ(Of(second).dropped_at, kNoTicket);
  EXPECT_THAT(*ledger_->RecordsOfPerson(person), ElementsAre(second));
  const std::vector<Template> now = *ledger_->TemplatesOfPerson(person);
  ASSERT_EQ(now.size(), 1U);
  EXPECT_EQ(now[0].bytes, "template of u-2");
  const std::vector<Entry> entries = *ledger_->Follow(kNoTicket, 9, 1 << 20);
  EXPECT_EQ(entries.at(1).kind, EntryKind::kUpdate);
  EXPECT_EQ(entries.at(1).templates.size(), 1U);
  EXPECT_EQ(entries.at(2).kind, EntryKind::kDrop);
  EXPECT_THAT(entries.at(2).closed, ElementsAre(person));
  EXPECT_THAT(entries.at(4).closed, ElementsAre(first));
  EXPECT_EQ(ledger_->counts().accepted, 2U);
  EXPECT_EQ(ledger_->counts().unique, 1U);
}

TEST_F(Examination, OneUpdateOfALivePersonAtATime) {
  const Ticket person = Person("e-1"), open = AppendOne(*ledger_, "e-2");
  EXPECT_THAT(AppendUpdate("u-0", open), StatusIs(kPrecondition, "no live person"));
  EXPECT_THAT(AppendUpdate("u-0", Ticket{9}), StatusIs(absl::StatusCode::kNotFound, "number 9"));
  const Ticket update = Update("u-1", person);
  EXPECT_THAT(AppendUpdate("u-2", person), StatusIs(kPrecondition, "u-1 is not decided"));
  EXPECT_EQ(AppendUpdate("u-1", person)->outcome, AppendOutcome::kJoined);
  EXPECT_TRUE(DecideOne(*ledger_, update, DecisionKind::kRefused).won);
  EXPECT_THAT(AppendUpdate("u-2", person), IsOk());
}

TEST_F(Examination, AnUpdateIsNeverUniqueAndAnEnrolmentNeverAccepted) {
  const Ticket person = Person("e-1"), update = Update("u-1", person),
               open = AppendOne(*ledger_, "e-2");
  for (const DecisionKind kind : {DecisionKind::kUnique, DecisionKind::kDuplicate}) {
    EXPECT_THAT(ledger_->Decide(DecideOpOf(update, DecisionOf(kind, person))),
                StatusIs(absl::StatusCode::kInvalidArgument, "decision.kind"));
  }
  EXPECT_THAT(ledger_->Decide(DecideOpOf(open, DecisionOf(DecisionKind::kAccepted))),
              StatusIs(absl::StatusCode::kInvalidArgument, "decision.kind"));
}

TEST_F(Examination, AnEnrolmentIsRefusedByACheckButNotByAnExaminer) {
  const Ticket refused = AppendOne(*ledger_, "e-1"), review = AppendOne(*ledger_, "e-2");
  EXPECT_TRUE(DecideOne(*ledger_, refused, DecisionKind::kRefused).won);
  EXPECT_FALSE(DecideOne(*ledger_, refused, DecisionKind::kUnique).won);
  DecideOne(*ledger_, review, DecisionKind::kReview);
  EXPECT_FALSE(DecideOne(*ledger_, review, DecisionKind::kRefused).won) << "not OPEN any more";
  DecideOp examined = DecideOpOf(review, DecisionOf(DecisionKind::kRefused));
  examined.from = DecisionKind::kReview;
  EXPECT_THAT(ledger_->Decide(examined),
              StatusIs(absl::StatusCode::kInvalidArgument, "decision.kind"));
  Reopen();
  EXPECT_EQ(ledger_->StateOf(refused)->decision.kind, DecisionKind::kRefused);
  EXPECT_EQ(ledger_->counts().refused, 1u);
}

TEST_F(Examination, ADuplicateIsSaidToBeAnotherAndItsDecisionStays) {
  const Ticket person = Person("e-1"), wrong = DuplicateOf("e-2", person);
  const Counts before = ledger_->counts();
  const auto said = Distinguish(wrong, person);
  ASSERT_THAT(said, IsOk());
  EXPECT_EQ(said->decision.kind, DecisionKind::kDuplicate);
  Reopen();
  EXPECT_EQ(Of(wrong).decision.original, person);
  EXPECT_EQ(ledger_->counts().duplicate, before.duplicate);
  EXPECT_THAT(*ledger_->VerdictsOf(wrong, std::vector<Ticket>{person}),
              ElementsAre(Verdict::kDifferent));
  EXPECT_THAT(OthersThan(wrong), ElementsAre(person));
  EXPECT_THAT(OthersThan(person), IsEmpty());
  EXPECT_THAT(OthersThan(kNoTicket), IsEmpty());
}

TEST_F(Examination, WhatAnExaminerSaysOfADuplicateTakesThePlaceOfWhatWasSaid) {
  const Ticket person = Person("e-1"), third = Person("e-2"), review = InReview("e-3");
  DecideOp op = DecideOpOf(review, DecisionOf(DecisionKind::kDuplicate, person));
  op.from = DecisionKind::kReview;
  op.verdicts = {{person, Verdict::kSame}, {third, Verdict::kDifferent}};
  ASSERT_TRUE(ledger_->Decide(op)->won);
  EXPECT_THAT(OthersThan(review), ElementsAre(third));
  ASSERT_THAT(Distinguish(review, person), IsOk());
  EXPECT_THAT(OthersThan(review), ElementsAre(person, third));
}

TEST_F(Examination, WhoWasOnlyToldApartIsNoCaseToCarryOn) {
  const Ticket person = Person("e-1"), review = InReview("e-2");
  DecideOp op = DecideOpOf(review, DecisionOf(DecisionKind::kUnique, kNoTicket));
  op.from = DecisionKind::kReview;
  op.verdicts = {{person, Verdict::kDifferent}};
  ASSERT_TRUE(ledger_->Decide(op)->won);
  ASSERT_THAT(ledger_->Erase({"e-2"}, AuditOf("ERASE")), IsOk());
  EXPECT_THAT(AppendRedo("e-3", review), StatusIs(kPrecondition, "want a DUPLICATE"));
}

TEST_F(Examination, OnlyOfADuplicateThatIsNotErasedAndOnlyOfWhomItCountsFor) {
  const Ticket person = Person("e-1"), third = Person("e-2"), review = InReview("e-3"),
               wrong = DuplicateOf("e-4", person);
  EXPECT_THAT(Distinguish(third, person), StatusIs(kPrecondition, "e-2"));
  EXPECT_THAT(Distinguish(review, person), StatusIs(kPrecondition, "e-3"));
  EXPECT_THAT(Distinguish(wrong, third),
              StatusIs(absl::StatusCode::kInvalidArgument, "verdicts: got one on number 2"));
  ASSERT_THAT(ledger_->Erase({"e-4"}, AuditOf("ERASE")), IsOk());
  EXPECT_THAT(Distinguish(wrong, person), StatusIs(kPrecondition, "e-4"));
  for (const Ticket number : {third, review, wrong}) EXPECT_THAT(OthersThan(number), IsEmpty());
}

TEST_F(Examination, ACaseIsCarriedOnOnceItIsErasedAndHasAVerdict) {
  const Ticket person = Person("e-1"), wrong = DuplicateOf("e-2", person);
  EXPECT_THAT(AppendRedo("e-3", wrong), StatusIs(kPrecondition, "adjudicate it first"));
  ASSERT_THAT(Distinguish(wrong, person), IsOk());
  EXPECT_THAT(AppendRedo("e-3", wrong), StatusIs(kPrecondition, "case_id: got e-2, which is not"));
  EXPECT_THAT(AppendRedo("e-3", Ticket{9}), StatusIs(absl::StatusCode::kNotFound, "number 9"));
  EXPECT_THAT(ledger_->Find({"e-3"}), StatusIs(absl::StatusCode::kNotFound, "e-3"));
  ASSERT_THAT(ledger_->Erase({"e-2"}, AuditOf("ERASE")), IsOk());
  const auto redo = AppendRedo("e-3", wrong);
  ASSERT_THAT(redo, IsOk());
  EXPECT_EQ(AppendRedo("e-3", wrong)->outcome, AppendOutcome::kJoined);
  Reopen();
  EXPECT_EQ(ledger_->Read(redo->state.ticket)->case_ticket, wrong);
  EXPECT_EQ(ledger_->Read(wrong)->case_ticket, kNoTicket);
  EXPECT_THAT(OthersThan(redo->state.ticket), ElementsAre(person));
}

TEST_F(Examination, WhoeverIsEnrolledAThirdTimeIsStillWhomNobodySaidTheyAre) {
  const Ticket a = Person("e-1"), b = Person("e-2"), first = DuplicateOf("e-3", b);
  ASSERT_THAT(Distinguish(first, b), IsOk());
  ASSERT_THAT(ledger_->Erase({"e-3"}, AuditOf("ERASE")), IsOk());
  const Ticket second = AppendRedo("e-4", first)->state.ticket;
  ASSERT_TRUE(DecideOne(*ledger_, second, DecisionKind::kDuplicate, a).won);
  ASSERT_THAT(Distinguish(second, a), IsOk());
  EXPECT_THAT(OthersThan(second), ElementsAre(a, b));
}

TEST_F(Examination, AnUpdateOfAPersonWhoIsGoneIsResolvedAgain) {
  Person("e-1");
  const Ticket b = Person("e-2"), update = Update("u-1", b);
  ASSERT_THAT(Merge("e-1", "e-2"), IsOk());
  EXPECT_TRUE(DecideOne(*ledger_, update, DecisionKind::kAccepted).original_gone);
}

TEST_F(Examination, AnAcceptedUpdateIsErasedWithItsPersonOnly) {
  const Ticket person = Person("e-1"), update = Update("u-1", person);
  DecideOne(*ledger_, update, DecisionKind::kAccepted);
  EXPECT_THAT(ledger_->Erase({"u-1"}, AuditOf("ERASE")), StatusIs(kPrecondition, "u-1"));
  EXPECT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE"))->closed, ElementsAre(person, update));
}

}  // namespace
}  // namespace distinct::ledger
