// Clients that race, repeat, vanish and erase against a whole engine on a real store. The truth is
// the town's: who was captured. Each test prints nothing but its seed, from which its people come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/enrolment/admission.h"
#include "tests/simulation/town.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct {
namespace {

using enrolment::EnrolOutcome;
using ledger::DecisionKind;
using ledger::State;
using testing::AuditOf;
using testing::DrawPerson;
using testing::IsOk;
using testing::NewEnrolment;
using testing::PersonTemplates;
using testing::Recapture;
using testing::StatusIs;
using testing::TempDir;
using testing::Town;

constexpr uint64_t kSeed = 20261124;

class Simulation : public ::testing::Test {
 protected:
  PersonTemplates Draw() { return DrawPerson(random_, 3); }
  PersonTemplates Again(const PersonTemplates& person) { return Recapture(random_, person); }

  TempDir folder_;
  std::mt19937_64 random_{kSeed};
};

// Waits, without polling, until nothing is OPEN.
void WaitUntilAllDecided(const ledger::Ledger& ledger) {
  FeedSequence fed{0};
  while (ledger.counts().open > 0) fed = ledger.WaitFeedBeyond(fed, absl::Minutes(1));
}

TEST_F(Simulation, ANewPersonIsUniqueAndComesBackAsADuplicate) {
  Town town(folder_ / "store");
  const PersonTemplates person = Draw();
  const State first = town.Decided("e-1", person);
  EXPECT_EQ(first.decision.kind, DecisionKind::kUnique);
  EXPECT_EQ(town.Decided("e-2", Draw()).decision.kind, DecisionKind::kUnique);
  const State again = town.Decided("e-3", Again(person));
  EXPECT_EQ(again.decision.kind, DecisionKind::kDuplicate);
  EXPECT_EQ(again.decision.original, first.ticket);
  ASSERT_EQ(again.decision.candidates.size(), 1u);
  EXPECT_EQ(again.decision.candidates[0].id.value, "e-1");
  EXPECT_EQ(again.decision.candidates[0].positions.size(), 3u);
  EXPECT_EQ(again.decision.searched_count, 2u);
  EXPECT_EQ(again.decision.gallery_count, 2u);
}

TEST_F(Simulation, OfTwoRacingEnrolmentsOfOnePersonExactlyOneIsUnique) {
  Town town(folder_ / "store");
  for (int round = 0; round < 30; ++round) {
    const PersonTemplates person = Draw();
    const PersonTemplates captures[2] = {Again(person), Again(person)};
    State states[2];
    std::vector<std::thread> clients;
    for (int c = 0; c < 2; ++c) {
      clients.emplace_back(
          [&, c] { states[c] = town.Decided(absl::StrCat("e-", round, "-", c), captures[c]); });
    }
    for (std::thread& client : clients) client.join();
    const State& first = states[0].ticket < states[1].ticket ? states[0] : states[1];
    const State& second = states[0].ticket < states[1].ticket ? states[1] : states[0];
    EXPECT_EQ(first.decision.kind, DecisionKind::kUnique) << round;
    EXPECT_EQ(second.decision.kind, DecisionKind::kDuplicate) << round;
    EXPECT_EQ(second.decision.original, first.ticket) << round;
  }
}

TEST_F(Simulation, ACrowdOfRacingClientsGivesEveryPersonOneNumber) {
  constexpr size_t kPeople = 12, kCaptures = 6, kClients = 8;
  Town town(folder_ / "store");
  struct Visit {
    size_t person;
    std::string id;
    PersonTemplates capture;
    State state;
  };
  std::vector<Visit> visits;
  for (size_t p = 0; p < kPeople; ++p) {
    const PersonTemplates person = Draw();
    for (size_t c = 0; c < kCaptures; ++c) {
      visits.push_back({p, absl::StrCat("e-", p, "-", c), Again(person), {}});
    }
  }
  std::shuffle(visits.begin(), visits.end(), random_);
  std::vector<std::thread> clients;
  for (size_t c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      for (size_t v = c; v < visits.size(); v += kClients) {
        visits[v].state = town.Decided(visits[v].id, visits[v].capture);
      }
    });
  }
  for (std::thread& client : clients) client.join();

  std::map<size_t, Ticket> number;  // the smallest ticket of each person
  for (const Visit& visit : visits) {
    Ticket& smallest = number.try_emplace(visit.person, visit.state.ticket).first->second;
    smallest = std::min(smallest, visit.state.ticket);
  }
  for (const Visit& visit : visits) {
    const ledger::Decision& decision = visit.state.decision;
    const bool is_first = visit.state.ticket == number[visit.person];
    EXPECT_EQ(decision.kind, is_first ? DecisionKind::kUnique : DecisionKind::kDuplicate);
    EXPECT_EQ(decision.original, is_first ? kNoTicket : number[visit.person]);
    EXPECT_EQ(decision.searched_count, Number(visit.state.ticket) - 1);
    EXPECT_EQ(decision.gallery_count, decision.searched_count);
  }
  EXPECT_EQ(town.ledger->counts().unique, kPeople);
}

TEST_F(Simulation, RacingRetriesOfOneIdGetOneNumberAndOneAnswer) {
  Town town(folder_ / "store");
  const PersonTemplates person = Draw();
  std::vector<EnrolOutcome> outcomes(6);
  std::vector<std::thread> clients;
  for (EnrolOutcome& outcome : outcomes) {
    clients.emplace_back([&] { outcome = *town.Enrol("e-1", person); });
  }
  for (std::thread& client : clients) client.join();
  int joined = 0;
  for (const EnrolOutcome& outcome : outcomes) {
    EXPECT_EQ(outcome.state.ticket, Ticket{1});
    EXPECT_EQ(outcome.state.decision.kind, DecisionKind::kUnique);
    joined += outcome.joined ? 1 : 0;
  }
  EXPECT_EQ(joined, 5);
  EXPECT_EQ(town.ledger->Feed(FeedSequence{0}, 10)->size(), 1u) << "decided once";
}

TEST_F(Simulation, AnAbruptStopLosesNothingAndTheNextStartDecidesWhatWasLeft) {
  const PersonTemplates known = Draw(), unknown = Draw();
  State before;
  {
    Town town(folder_ / "store");
    before = town.Decided("known", known);
    // Appended by calls that never came to decide: the front died. Two are of one person.
    town.enroller.reset();
    for (const auto& [id, capture] : std::vector<std::pair<std::string, PersonTemplates>>{
             {"left-1", Again(known)}, {"left-2", Again(unknown)}, {"left-3", Again(unknown)}}) {
      ledger::Enrolment enrolment = town.Submission(id, capture);
      enrolment.digest = town.ledger->Digest("content of " + id);
      ASSERT_THAT(town.ledger->Append(enrolment, std::nullopt), IsOk());
    }
    std::filesystem::copy(folder_ / "store", folder_ / "crashed",
                          std::filesystem::copy_options::recursive);
    std::filesystem::copy_file(folder_ / "store.key", folder_ / "crashed.key");
  }
  Town town(folder_ / "crashed");
  WaitUntilAllDecided(*town.ledger);
  EXPECT_TRUE(town.enroller->caught_up());
  EXPECT_EQ(town.gallery->persons(), 4u);
  const auto states = town.ledger->List(kNoTicket, 10);
  ASSERT_EQ(states->size(), 4u);
  EXPECT_EQ((*states)[0].decision.kind, DecisionKind::kUnique);
  EXPECT_EQ((*states)[0].decision.decided_at, before.decision.decided_at);
  EXPECT_EQ((*states)[1].decision.original, Ticket{1});
  EXPECT_EQ((*states)[2].decision.kind, DecisionKind::kUnique);
  EXPECT_EQ((*states)[3].decision.kind, DecisionKind::kDuplicate);
  EXPECT_EQ((*states)[3].decision.original, Ticket{3});
  // The client that lost its answer repeats its call.
  const auto retry = town.Enrol("left-3", Again(unknown));
  ASSERT_THAT(retry, IsOk());
  EXPECT_TRUE(retry->joined);
  EXPECT_EQ(retry->state.decision.original, Ticket{3});
}

TEST_F(Simulation, AnErasedPersonIsUniqueAgainAlsoAfterARestart) {
  const PersonTemplates person = Draw();
  {
    Town town(folder_ / "store");
    town.Decided("e-1", person);
    town.Decided("e-2", Again(person));
    EXPECT_EQ(town.ledger->Erase({"e-1"}, AuditOf("ERASE"))->closed.size(), 2u);
    EXPECT_EQ(town.Decided("e-3", Again(person)).decision.kind, DecisionKind::kUnique);
  }
  Town town(folder_ / "store");
  const State again = town.Decided("e-4", Again(person));
  EXPECT_EQ(again.decision.kind, DecisionKind::kDuplicate);
  EXPECT_EQ(again.decision.original, Ticket{4}) << "the ERASE entry has number 3";
  // Whoever is decided by the others need not be in the gallery yet.
  ASSERT_THAT(town.gallery->WaitForWatermark(again.ticket, absl::Now() + absl::Minutes(1)), IsOk());
  EXPECT_EQ(town.gallery->persons(), 2u);
}

TEST_F(Simulation, ErasuresThatRaceEnrolmentsLeaveNoDuplicateOfNobody) {
  Town town(folder_ / "store");
  for (int round = 0; round < 20; ++round) {
    const PersonTemplates person = Draw();
    const std::string first = absl::StrCat("first-", round);
    town.Decided(first, person);
    std::vector<PersonTemplates> captures = {Again(person), Again(person), Again(person)};
    std::vector<std::thread> clients;
    for (size_t c = 0; c < captures.size(); ++c) {
      clients.emplace_back(
          [&, c] { town.Decided(absl::StrCat("e-", round, "-", c), captures[c]); });
    }
    clients.emplace_back(
        [&] { EXPECT_THAT(town.ledger->Erase({first}, AuditOf("ERASE")), IsOk()); });
    for (std::thread& client : clients) client.join();

    int live = 0;
    for (size_t c = 0; c < captures.size(); ++c) {
      const State state = *town.ledger->Find({absl::StrCat("e-", round, "-", c)});
      if (state.closed_at != kNoTicket) continue;
      live += state.decision.kind == DecisionKind::kUnique ? 1 : 0;
      if (state.decision.kind != DecisionKind::kDuplicate) continue;
      const State original = *town.ledger->StateOf(state.decision.original);
      EXPECT_EQ(original.closed_at, kNoTicket)
          << "a duplicate of an erased person, round " << round;
      EXPECT_EQ(original.decision.kind, DecisionKind::kUnique);
    }
    EXPECT_LE(live, 1) << "two numbers for one person, round " << round;
  }
}

TEST_F(Simulation, ACallWhoseDeadlineHasPassedStoresNothing) {
  Town town(folder_ / "store");
  const PersonTemplates person = Draw();
  const auto late = town.enroller->Enrol(town.Submission("e-1", person), "c", absl::InfinitePast());
  EXPECT_THAT(late, StatusIs(absl::StatusCode::kDeadlineExceeded, "nothing was stored"));
  EXPECT_THAT(town.ledger->Find({"e-1"}), StatusIs(absl::StatusCode::kNotFound, "e-1"));
}

TEST_F(Simulation, OtherContentUnderAnOldIdIsRefused) {
  Town town(folder_ / "store");
  const PersonTemplates person = Draw();
  town.Decided("e-1", person);
  const auto other =
      town.enroller->Enrol(town.Submission("e-1", person), "other content", absl::InfiniteFuture());
  EXPECT_THAT(other, StatusIs(absl::StatusCode::kAlreadyExists, "enrolment_id: got e-1"));
}

TEST_F(Simulation, NoTemplateIsRefusedAtOnceForEverAndBlocksNobody) {
  Town town(folder_ / "store");
  const State refused = town.Decided("e-1", {});
  EXPECT_EQ(refused.decision.kind, DecisionKind::kRefused);
  EXPECT_EQ(refused.decision.findings.at(0).code, "NO_USABLE_SAMPLE");
  EXPECT_TRUE(town.Enrol("e-1", {})->joined);
  const State next = town.Decided("e-2", Draw());
  EXPECT_EQ(next.decision.kind, DecisionKind::kUnique);
  EXPECT_EQ(next.decision.gallery_count, 0u);
}

TEST_F(Simulation, SamplesThatDifferKeepAPersonFromUniqueButNotFromItsOriginal) {
  Town town(folder_ / "store");
  const PersonTemplates person = Draw();
  const auto submit = [&](const std::string& id, const PersonTemplates& templates) {
    ledger::Enrolment enrolment = town.Submission(id, templates);
    enrolment.findings.push_back(
        {"SAMPLES_OF_ONE_POSITION_DIFFER", "compare them", ledger::FindingAction::kReview});
    return town.enroller->Enrol(enrolment, id, absl::InfiniteFuture())->state.decision;
  };
  EXPECT_EQ(submit("e-1", person).kind, DecisionKind::kReview);
  EXPECT_EQ(submit("e-2", Again(person)).kind, DecisionKind::kReview) << "its match is in review";
  const PersonTemplates other = Draw();
  town.Decided("e-3", other);
  const ledger::Decision duplicate = submit("e-4", Again(other));
  EXPECT_EQ(duplicate.kind, DecisionKind::kDuplicate);
  EXPECT_EQ(duplicate.findings.at(0).code, "SAMPLES_OF_ONE_POSITION_DIFFER");
}

TEST_F(Simulation, AProbeOfTwoPeopleReportsBoth) {
  Town town(folder_ / "store");
  const PersonTemplates a = Draw(), b = Draw();
  town.Decided("e-1", a);
  town.Decided("e-2", b);
  PersonTemplates both = Again(a);
  for (const Template& features : Again(b)) both.push_back(features);
  const State state = town.Decided("e-3", both);
  EXPECT_EQ(state.decision.kind, DecisionKind::kDuplicate);
  EXPECT_EQ(state.decision.original, Ticket{1});
  ASSERT_EQ(state.decision.findings.size(), 1u);
  EXPECT_EQ(state.decision.findings[0].code, "MULTIPLE_ORIGINALS");
  EXPECT_THAT(state.decision.findings[0].text, ::testing::HasSubstr("numbers 1 2;"));
  EXPECT_EQ(state.decision.candidates.size(), 2u);
}

}  // namespace
}  // namespace distinct
