// What every ledger must do, whatever keeps it. The second backend runs this file unchanged.
#include "engine/ledger/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
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

class LedgerConformance : public ::testing::Test {
 protected:
  void Reopen() {
    ledger_.reset();
    ledger_ = OpenLedger(folder_ / "store");
  }
  Ticket Append(const std::string& id) { return AppendOne(*ledger_, id); }
  DecisionKind KindOf(Ticket ticket) { return ledger_->StateOf(ticket)->decision.kind; }

  TempDir folder_;
  std::unique_ptr<Ledger> ledger_ = OpenLedger(folder_ / "store");
};

TEST_F(LedgerConformance, NumbersBeginAtOneAndHaveNoGaps) {
  for (uint64_t i = 1; i <= 20; ++i) {
    EXPECT_EQ(Append(absl::StrCat("e-", i)), Ticket{i});
  }
  EXPECT_EQ(ledger_->head(), Ticket{20});
  EXPECT_EQ(ledger_->counts().open, 20u);
}

TEST_F(LedgerConformance, ConcurrentAppendsAreGapFreeAndEachCallerGetsItsOwnNumber) {
  constexpr int kThreads = 8, kEach = 25;
  std::vector<std::thread> threads;
  std::vector<std::map<std::string, Ticket>> given(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string id = absl::StrCat("e-", t, "-", i);
        given[static_cast<size_t>(t)][id] = AppendOne(*ledger_, id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<Ticket> all;
  for (const auto& of_thread : given) {
    Ticket before = kNoTicket;
    for (int i = 0; i < kEach; ++i) {
      const std::string id = absl::StrCat("e-", &of_thread - given.data(), "-", i);
      const Ticket ticket = of_thread.at(id);
      EXPECT_GT(ticket, before) << "a later append of one caller got a smaller number";
      before = ticket;
      EXPECT_EQ(ledger_->Find({id})->ticket, ticket);
      all.insert(ticket);
    }
  }
  EXPECT_EQ(all.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(*all.rbegin(), Ticket{kThreads * kEach});
}

TEST_F(LedgerConformance, SameIdAndContentJoinsAndKeepsTheNumber) {
  const Ticket first = Append("e-1");
  Append("e-2");
  const auto again = ledger_->Append(NewEnrolment(*ledger_, "e-1"), std::nullopt);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->outcome, AppendOutcome::kJoined);
  EXPECT_EQ(again->state.ticket, first);
  EXPECT_EQ(ledger_->head(), Ticket{2});
}

TEST_F(LedgerConformance, SameIdWithOtherContentConflictsAndWritesNothing) {
  Append("e-1");
  const auto other = ledger_->Append(NewEnrolment(*ledger_, "e-1", "other content"), std::nullopt);
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(other->outcome, AppendOutcome::kConflict);
  EXPECT_EQ(ledger_->head(), Ticket{1});
}

TEST_F(LedgerConformance, RacingAppendsOfOneIdGetOneNumber) {
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  std::vector<AppendResult> results(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      results[static_cast<size_t>(t)] =
          *ledger_->Append(NewEnrolment(*ledger_, "e-1"), std::nullopt);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::count_if(results.begin(), results.end(),
                          [](const auto& r) { return r.outcome == AppendOutcome::kNew; }),
            1);
  for (const auto& result : results) EXPECT_EQ(result.state.ticket, Ticket{1});
  EXPECT_EQ(ledger_->head(), Ticket{1});
}

TEST_F(LedgerConformance, AnEnrolmentIsReadBackAsItWasAppended) {
  Enrolment enrolment = NewEnrolment(*ledger_, "e-1");
  enrolment.templates.push_back({Position::kFace, 9, Quality{100}, std::string("\0\xff", 2)});
  enrolment.missing.push_back({Position::kLeftLittle, "AMPUTATED"});
  enrolment.findings.push_back({"SAMPLE_UNUSABLE", "capture the thumb again"});
  enrolment.policy = PolicyVersion{4};  // is the ledger's to say
  enrolment.findings.push_back({"REPLAY", "send another", FindingAction::kRefuse});
  enrolment.finding_policy.Set(Check::kMixedRecord, FindingAction::kRefuse);
  ASSERT_THAT(ledger_->Append(enrolment, std::nullopt), IsOk());
  Reopen();
  const auto read = ledger_->Read(Ticket{1});
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->id, enrolment.id);
  EXPECT_EQ(read->external_ref, "ref-e-1");
  EXPECT_EQ(read->digest, enrolment.digest);
  ASSERT_EQ(read->templates.size(), 2u);
  EXPECT_EQ(read->templates[0].bytes, "template of e-1");
  EXPECT_EQ(read->templates[0].quality, Quality{80});
  EXPECT_EQ(read->templates[1].bytes, std::string("\0\xff", 2));
  EXPECT_EQ(read->templates[1].version, 9u);
  EXPECT_EQ(read->missing.at(0).position, Position::kLeftLittle);
  EXPECT_EQ(read->findings.at(0).code, "SAMPLE_UNUSABLE");
  EXPECT_EQ(read->findings.at(0).action, FindingAction::kNote);
  EXPECT_EQ(read->findings.at(1).action, FindingAction::kRefuse);
  EXPECT_EQ(read->finding_policy, enrolment.finding_policy);
  EXPECT_EQ(read->metadata.at("station"), "7");
  EXPECT_EQ(read->policy, PolicyVersion{1});
  EXPECT_GT(read->appended_at, absl::UnixEpoch());
}

TEST_F(LedgerConformance, ARefusedEnrolmentIsDecidedAtOnceAndNeverACandidate) {
  Enrolment enrolment = NewEnrolment(*ledger_, "e-1");
  enrolment.templates.clear();
  Decision refused = DecisionOf(DecisionKind::kRefused);
  refused.findings.push_back({"NO_USABLE_SAMPLE", "capture again"});
  const auto appended = ledger_->Append(enrolment, refused);
  ASSERT_THAT(appended, IsOk());
  EXPECT_EQ(appended->state.decision.kind, DecisionKind::kRefused);
  EXPECT_THAT(*ledger_->OpenTickets(10), IsEmpty());
  EXPECT_THAT((*ledger_->Follow(kNoTicket, 10, 1 << 20))[0].templates, IsEmpty());
  Reopen();
  EXPECT_EQ(ledger_->StateOf(Ticket{1})->decision.findings.at(0).code, "NO_USABLE_SAMPLE");
  EXPECT_EQ(ledger_->counts().refused, 1u);
}

TEST_F(LedgerConformance, AnImageThatASmallerNumberBroughtIsAReplayUntilThatIsErased) {
  const std::string thumb = ledger_->DigestOfImage("thumb"),
                    index = ledger_->DigestOfImage("index");
  const auto append = [&](const std::string& id, const std::vector<ImageDigest>& images) {
    Enrolment enrolment = NewEnrolment(*ledger_, id);
    enrolment.images = images;
    return ledger_->Append(enrolment, std::nullopt)->state.ticket;
  };
  const Ticket first = append("e-1", {{Position::kRightThumb, thumb}});
  const Ticket second = append("e-2", {{Position::kLeftThumb, thumb}});
  const Ticket third =
      append("e-3", {{Position::kRightThumb, thumb}, {Position::kRightIndex, index}});
  const Ticket fourth = append("e-4", {{Position::kRightIndex, index}});
  Reopen();
  EXPECT_THAT(*ledger_->ReplaysOf(first), IsEmpty()) << "not of later numbers, nor of its own";
  const std::vector<Replay> replays = *ledger_->ReplaysOf(third);
  ASSERT_EQ(replays.size(), 2U) << "either may turn out to be nobody";
  EXPECT_EQ(replays[0].position, Position::kRightThumb);
  EXPECT_EQ(replays[0].earlier, first);
  EXPECT_EQ(replays[1].earlier, second);
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  EXPECT_EQ(ledger_->ReplaysOf(third)->front().earlier, second);
  EXPECT_EQ(ledger_->ReplaysOf(third)->front().earlier_position, Position::kLeftThumb);
  EXPECT_THAT(*ledger_->ReplaysOf(second), IsEmpty());
  EXPECT_EQ(ledger_->ReplaysOf(fourth)->front().earlier, third);
  ASSERT_THAT(ledger_->Withdraw({"e-3"}, AuditOf("WITHDRAW")), IsOk());
  EXPECT_THAT(*ledger_->ReplaysOf(fourth), IsEmpty());
  Reopen();
  EXPECT_THAT(*ledger_->ReplaysOf(fourth), IsEmpty());
}

TEST_F(LedgerConformance, WhoIsDecidedStandsForAllLaterReplaysAndWhoIsRefusedForNone) {
  std::vector<Ticket> tickets;
  for (const char* id : {"e-1", "e-2", "e-3", "e-4"}) {
    Enrolment enrolment = NewEnrolment(*ledger_, id);
    enrolment.images = {{Position::kRightThumb, ledger_->DigestOfImage("thumb")}};
    tickets.push_back(ledger_->Append(enrolment, std::nullopt)->state.ticket);
  }
  EXPECT_TRUE(DecideOne(*ledger_, tickets[0], DecisionKind::kRefused).won);
  EXPECT_TRUE(DecideOne(*ledger_, tickets[1], DecisionKind::kUnique).won);
  const std::vector<Replay> replays = *ledger_->ReplaysOf(tickets[3]);
  ASSERT_EQ(replays.size(), 1U);
  EXPECT_EQ(replays[0].earlier, tickets[1]);
}

TEST_F(LedgerConformance, WhatIsRefusedAtOnceLeavesNoImage) {
  Enrolment enrolment = NewEnrolment(*ledger_, "e-1");
  enrolment.images = {{Position::kRightThumb, ledger_->DigestOfImage("thumb")}};
  ASSERT_THAT(ledger_->Append(enrolment, DecisionOf(DecisionKind::kRefused)), IsOk());
  enrolment.id = {"e-2"};
  const auto again = ledger_->Append(enrolment, std::nullopt);
  EXPECT_THAT(*ledger_->ReplaysOf(again->state.ticket), IsEmpty());
}

TEST_F(LedgerConformance, BadContentIsRefusedWithAMessage) {
  Enrolment nameless = NewEnrolment(*ledger_, "e 1");
  EXPECT_THAT(ledger_->Append(nameless, std::nullopt),
              StatusIs(absl::StatusCode::kInvalidArgument, "enrolment_id: got \"e 1\""));
  Enrolment empty = NewEnrolment(*ledger_, "e-1");
  empty.templates.clear();
  EXPECT_THAT(ledger_->Append(empty, std::nullopt),
              StatusIs(absl::StatusCode::kInvalidArgument, "templates: got none"));
  Enrolment undigested = NewEnrolment(*ledger_, "e-1");
  undigested.digest = "short";
  EXPECT_THAT(ledger_->Append(undigested, std::nullopt),
              StatusIs(absl::StatusCode::kInvalidArgument, "digest: got 5 bytes"));
  EXPECT_EQ(ledger_->head(), kNoTicket);
}

TEST_F(LedgerConformance, TheFirstDecisionWinsAndTheLaterCallerGetsIt) {
  const Ticket ticket = Append("e-1");
  Decision decision = DecisionOf(DecisionKind::kUnique);
  decision.searched_count = 12;
  decision.gallery_count = 12;
  const auto first = ledger_->Decide(DecideOpOf(ticket, decision));
  ASSERT_THAT(first, IsOk());
  EXPECT_TRUE(first->won);
  const DecideResult second = DecideOne(*ledger_, ticket, DecisionKind::kReview);
  EXPECT_FALSE(second.won);
  EXPECT_EQ(second.stored.decision.kind, DecisionKind::kUnique);
  EXPECT_EQ(second.stored.decision.searched_count, 12u);
}

TEST_F(LedgerConformance, RacingDecisionsHaveOneWinner) {
  for (int round = 0; round < 10; ++round) {
    const Ticket ticket = Append(absl::StrCat("e-", round));
    std::vector<std::thread> threads;
    std::vector<DecideResult> results(4);
    for (size_t t = 0; t < results.size(); ++t) {
      threads.emplace_back([&, t] {
        results[t] =
            DecideOne(*ledger_, ticket, t % 2 == 0 ? DecisionKind::kUnique : DecisionKind::kReview);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(std::count_if(results.begin(), results.end(), [](const auto& r) { return r.won; }),
              1);
    for (const auto& result : results) {
      EXPECT_EQ(result.stored.decision.kind, KindOf(ticket));
    }
  }
}

TEST_F(LedgerConformance, ADecisionIsReadBackWithItsReasons) {
  const Ticket original = Append("e-1"), ticket = Append("e-2");
  DecideOne(*ledger_, original, DecisionKind::kUnique);
  Decision decision = DecisionOf(DecisionKind::kDuplicate, original);
  decision.candidates.push_back(
      {original, {"e-1"}, Llr{31.5F}, {{Position::kRightIndex, Llr{31.5F}}}});
  decision.findings.push_back({"MULTIPLE_ORIGINALS", "compare both"});
  decision.findings.push_back({"REPLAY", "send another", FindingAction::kReview});
  decision.searched_count = 1;
  decision.gallery_count = 1;
  ASSERT_THAT(ledger_->Decide(DecideOpOf(ticket, decision)), IsOk());
  Reopen();
  const Decision stored = ledger_->StateOf(ticket)->decision;
  EXPECT_EQ(stored.original, original);
  ASSERT_EQ(stored.candidates.size(), 1u);
  EXPECT_EQ(stored.candidates[0].id.value, "e-1");
  EXPECT_EQ(stored.candidates[0].llr, Llr{31.5F});
  EXPECT_EQ(stored.candidates[0].positions.at(0).position, Position::kRightIndex);
  EXPECT_EQ(stored.findings.at(0).code, "MULTIPLE_ORIGINALS");
  EXPECT_EQ(stored.findings.at(1).action, FindingAction::kReview);
  EXPECT_EQ(stored.gallery_count, 1u);
}

TEST_F(LedgerConformance, DuplicateOfAnErasedPersonIsNotWritten) {
  const Ticket original = Append("e-1"), ticket = Append("e-2");
  DecideOne(*ledger_, original, DecisionKind::kUnique);
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  const DecideResult result = DecideOne(*ledger_, ticket, DecisionKind::kDuplicate, original);
  EXPECT_TRUE(result.original_gone);
  EXPECT_FALSE(result.won);
  EXPECT_EQ(KindOf(ticket), DecisionKind::kOpen);
}

TEST_F(LedgerConformance, DuplicateOfALaterNumberOrOfNobodyIsRefused) {
  const Ticket first = Append("e-1"), second = Append("e-2");
  DecideOne(*ledger_, second, DecisionKind::kUnique);
  for (const Ticket original : {second, Ticket{99}, kNoTicket}) {
    EXPECT_THAT(ledger_->Decide(DecideOpOf(first, DecisionOf(DecisionKind::kDuplicate, original))),
                StatusIs(absl::StatusCode::kInvalidArgument, "decision.original"));
  }
}

TEST_F(LedgerConformance, ErasingAPersonClosesItsDuplicatesAndNobodyElse) {
  const Ticket person = Append("e-1"), duplicate = Append("e-2"), other = Append("e-3");
  const Ticket others = Append("e-4");
  DecideOne(*ledger_, person, DecisionKind::kUnique);
  DecideOne(*ledger_, duplicate, DecisionKind::kDuplicate, person);
  DecideOne(*ledger_, other, DecisionKind::kUnique);
  DecideOne(*ledger_, others, DecisionKind::kDuplicate, other);
  const auto erased = ledger_->Erase({"e-1"}, AuditOf("ERASE"));
  ASSERT_THAT(erased, IsOk());
  EXPECT_EQ(erased->number, Ticket{5});
  EXPECT_THAT(erased->closed, ElementsAre(person, duplicate));

  Reopen();
  for (const Ticket closed : {person, duplicate}) {
    EXPECT_EQ(ledger_->StateOf(closed)->closed_at, Ticket{5});
    EXPECT_THAT(ledger_->Read(closed)->templates, IsEmpty());
  }
  EXPECT_EQ(KindOf(duplicate), DecisionKind::kDuplicate) << "decisions stay readable";
  for (const Ticket kept : {other, others}) {
    EXPECT_EQ(ledger_->StateOf(kept)->closed_at, kNoTicket);
    EXPECT_EQ(ledger_->Read(kept)->templates.size(), 1u);
  }
  EXPECT_EQ(ledger_->counts().erased, 2u);
  EXPECT_EQ(ledger_->counts().unique, 1u);
}

TEST_F(LedgerConformance, ErasingADuplicateClosesItAlone) {
  const Ticket person = Append("e-1"), duplicate = Append("e-2");
  DecideOne(*ledger_, person, DecisionKind::kUnique);
  DecideOne(*ledger_, duplicate, DecisionKind::kDuplicate, person);
  EXPECT_THAT(ledger_->Erase({"e-2"}, AuditOf("ERASE"))->closed, ElementsAre(duplicate));
  EXPECT_EQ(ledger_->StateOf(person)->closed_at, kNoTicket);
  EXPECT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE"))->closed, ElementsAre(person))
      << "what is closed already is not closed again";
}

TEST_F(LedgerConformance, ErasingOpenOrReviewWithdrawsIt) {
  const Ticket open = Append("e-1"), review = Append("e-2");
  DecideOne(*ledger_, review, DecisionKind::kReview);
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  ASSERT_THAT(ledger_->Erase({"e-2"}, AuditOf("ERASE")), IsOk());
  EXPECT_EQ(KindOf(open), DecisionKind::kWithdrawn);
  EXPECT_EQ(KindOf(review), DecisionKind::kWithdrawn);
  EXPECT_THAT(*ledger_->OpenTickets(10), IsEmpty());
  const DecideResult late = DecideOne(*ledger_, open, DecisionKind::kUnique);
  EXPECT_FALSE(late.won) << "an erased enrolment must never come back";
  EXPECT_EQ(ledger_->counts().withdrawn, 2u);
}

TEST_F(LedgerConformance, ErasingAgainChangesNothingAndNamesTheFirstNumber) {
  Append("e-1");
  const Ticket number = ledger_->Erase({"e-1"}, AuditOf("ERASE"))->number;
  const auto again = ledger_->Erase({"e-1"}, AuditOf("ERASE"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->number, number);
  EXPECT_THAT(again->closed, IsEmpty());
  EXPECT_EQ(ledger_->head(), number);
  EXPECT_THAT(ledger_->Erase({"e-9"}, AuditOf("ERASE")),
              StatusIs(absl::StatusCode::kNotFound, "e-9"));
}

TEST_F(LedgerConformance, ALateRetryOfAnErasedIdGetsTheStoredAnswer) {
  const Ticket ticket = Append("e-1");
  DecideOne(*ledger_, ticket, DecisionKind::kUnique);
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  const auto retry = ledger_->Append(NewEnrolment(*ledger_, "e-1"), std::nullopt);
  ASSERT_THAT(retry, IsOk());
  EXPECT_EQ(retry->outcome, AppendOutcome::kJoined);
  EXPECT_EQ(retry->state.ticket, ticket);
  EXPECT_NE(retry->state.closed_at, kNoTicket);
}

TEST_F(LedgerConformance, FollowGivesEveryEntryInOrderInBatches) {
  Append("e-1");
  Append("e-2");
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  Append("e-3");
  std::vector<Entry> all;
  Ticket after = kNoTicket;
  for (;;) {
    const auto batch = ledger_->Follow(after, 3, 1);  // one byte: one entry with templates a batch
    ASSERT_THAT(batch, IsOk());
    if (batch->empty()) break;
    all.insert(all.end(), batch->begin(), batch->end());
    after = batch->back().ticket;
  }
  ASSERT_EQ(all.size(), 4u);
  for (uint64_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].ticket, Ticket{i + 1});
  EXPECT_THAT(all[0].templates, IsEmpty()) << "erased since";
  EXPECT_EQ(all[1].templates.at(0).bytes, "template of e-2");
  EXPECT_EQ(all[2].kind, EntryKind::kErase);
  EXPECT_THAT(all[2].closed, ElementsAre(Ticket{1}));
}

TEST_F(LedgerConformance, TheFeedIsGapFreeAndResumesAnywhere) {
  const Ticket a = Append("e-1"), b = Append("e-2");
  DecideOne(*ledger_, b, DecisionKind::kReview);
  DecideOne(*ledger_, a, DecisionKind::kUnique);
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  Reopen();
  const auto events = ledger_->Feed(FeedSequence{0}, 10);
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->size(), 3u);
  for (uint64_t i = 0; i < 3; ++i) EXPECT_EQ((*events)[i].sequence, FeedSequence{i + 1});
  EXPECT_EQ((*events)[0].state.ticket, b);
  EXPECT_EQ((*events)[1].state.ticket, a);
  EXPECT_EQ((*events)[1].external_ref, "ref-e-1");
  EXPECT_EQ((*events)[2].kind, EventKind::kErased);
  const auto rest = ledger_->Feed(FeedSequence{1}, 1);
  ASSERT_EQ(rest->size(), 1u);
  EXPECT_EQ((*rest)[0].sequence, FeedSequence{2});
  EXPECT_THAT(*ledger_->Feed(FeedSequence{3}, 10), IsEmpty());
}

TEST_F(LedgerConformance, WaitersWakeWhenSomethingHappensAndTimeOutWhenNot) {
  EXPECT_EQ(ledger_->WaitBeyond(kNoTicket, absl::Milliseconds(1)), kNoTicket);
  EXPECT_EQ(ledger_->WaitFeedBeyond(FeedSequence{0}, absl::Milliseconds(1)), FeedSequence{0});
  Ticket seen = kNoTicket;
  FeedSequence fed{0};
  std::thread entries([&] { seen = ledger_->WaitBeyond(kNoTicket, absl::Minutes(1)); });
  std::thread feed([&] { fed = ledger_->WaitFeedBeyond(FeedSequence{0}, absl::Minutes(1)); });
  DecideOne(*ledger_, Append("e-1"), DecisionKind::kUnique);
  entries.join();
  feed.join();
  EXPECT_EQ(seen, Ticket{1});
  EXPECT_EQ(fed, FeedSequence{1});
}

TEST_F(LedgerConformance, ListPagesThroughAllEnrolments) {
  for (int i = 0; i < 5; ++i) Append(absl::StrCat("e-", i));
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  Append("e-9");
  std::vector<std::string> ids;
  Ticket after = kNoTicket;
  for (;;) {
    const auto page = ledger_->List(after, 2);
    ASSERT_THAT(page, IsOk());
    if (page->empty()) break;
    EXPECT_LE(page->size(), 2u);
    for (const State& state : *page) ids.push_back(state.id.value);
    after = page->back().ticket;
  }
  EXPECT_THAT(ids, ElementsAre("e-0", "e-1", "e-2", "e-3", "e-4", "e-9"));
}

TEST_F(LedgerConformance, OpenTicketsAreSmallestFirstAndAttemptsAreCounted) {
  const Ticket a = Append("e-1"), b = Append("e-2"), c = Append("e-3");
  DecideOne(*ledger_, a, DecisionKind::kUnique);
  EXPECT_THAT(*ledger_->OpenTickets(10), ElementsAre(b, c));
  EXPECT_THAT(*ledger_->OpenTickets(1), ElementsAre(b));
  EXPECT_EQ(*ledger_->CountFailedAttempt(b), 1);
  Reopen();
  EXPECT_EQ(*ledger_->CountFailedAttempt(b), 2);
  EXPECT_THAT(ledger_->CountFailedAttempt(a),
              StatusIs(absl::StatusCode::kFailedPrecondition, "not OPEN"));
}

TEST_F(LedgerConformance, TagsAreFoundBothWaysAndNeverByPrefix) {
  const Ticket a = Append("e-1"), b = Append("e-2");
  ASSERT_THAT(ledger_->Tag({"e-1"}, "north"), IsOk());
  ASSERT_THAT(ledger_->Tag({"e-2"}, "north"), IsOk());
  ASSERT_THAT(ledger_->Tag({"e-2"}, "north.2"), IsOk());
  ASSERT_THAT(ledger_->Tag({"e-2"}, "north"), IsOk());
  Reopen();
  EXPECT_THAT(*ledger_->Tagged("north"), ElementsAre(a, b));
  EXPECT_THAT(*ledger_->Tagged("north.2"), ElementsAre(b));
  EXPECT_THAT(*ledger_->Tagged("nor"), IsEmpty());
  EXPECT_THAT(*ledger_->TagsOf(b), ElementsAre("north", "north.2"));
  ASSERT_THAT(ledger_->Untag({"e-2"}, "north"), IsOk());
  EXPECT_THAT(*ledger_->Tagged("north"), ElementsAre(a));
  EXPECT_THAT(*ledger_->TagsOf(b), ElementsAre("north.2"));
  EXPECT_THAT(ledger_->Tag({"e-1"}, "a b"), StatusIs(absl::StatusCode::kInvalidArgument, "tag"));
  EXPECT_THAT(ledger_->Tag({"e-9"}, "a"), StatusIs(absl::StatusCode::kNotFound, "e-9"));
}

TEST_F(LedgerConformance, JobStateIsKeptByName) {
  EXPECT_EQ(*ledger_->JobState("crosscheck-1"), std::nullopt);
  ASSERT_THAT(ledger_->PutJobState("crosscheck-1", "tile 7"), IsOk());
  ASSERT_THAT(ledger_->PutJobState("crosscheck-1", "tile 8"), IsOk());
  Reopen();
  EXPECT_EQ(*ledger_->JobState("crosscheck-1"), "tile 8");
}

TEST_F(LedgerConformance, TheDigestIsStableInOneStoreAndDiffersBetweenStores) {
  const std::string digest = ledger_->Digest("content");
  EXPECT_EQ(digest.size(), 32u);
  EXPECT_NE(digest, ledger_->Digest("content2"));
  Reopen();
  EXPECT_EQ(ledger_->Digest("content"), digest);
  EXPECT_NE(OpenLedger(folder_ / "other")->Digest("content"), digest);
}

TEST_F(LedgerConformance, WhatWasAcknowledgedSurvivesAnAbruptStop) {
  const Ticket a = Append("e-1"), b = Append("e-2"), open = Append("e-3");
  DecideOne(*ledger_, a, DecisionKind::kUnique);
  DecideOne(*ledger_, b, DecisionKind::kDuplicate, a);
  ASSERT_THAT(ledger_->Audit(AuditOf("IDENTIFY")), IsOk());
  // The files as they are on disk now, while the store is still open: what a crash leaves behind.
  std::filesystem::copy(folder_ / "store", folder_ / "crashed",
                        std::filesystem::copy_options::recursive);
  const std::unique_ptr<Ledger> after = OpenLedger(folder_ / "crashed", folder_ / "store");
  EXPECT_EQ(after->head(), Ticket{3});
  EXPECT_EQ(after->StateOf(a)->decision.kind, DecisionKind::kUnique);
  EXPECT_EQ(after->StateOf(b)->decision.original, a);
  EXPECT_THAT(*after->OpenTickets(10), ElementsAre(open));
  EXPECT_EQ(after->Feed(FeedSequence{0}, 10)->size(), 2u);
  EXPECT_EQ(AppendOne(*after, "e-4"), Ticket{4});
}

}  // namespace
}  // namespace distinct::ledger
