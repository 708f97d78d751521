#include "engine/search/cascade.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/search/decision.h"
#include "tests/engine/search/code_modality.h"
#include "tests/support/status_matchers.h"

namespace distinct::search {
namespace {

using ::distinct::testing::CodeModalities;
using ::distinct::testing::DrawPerson;
using ::distinct::testing::DrawTemplate;
using ::distinct::testing::IsOk;
using ::distinct::testing::PersonTemplates;
using ::distinct::testing::Recapture;
using ::distinct::testing::StatusIs;

// People 1 to n, and what searches them.
struct World {
  explicit World(int shards = 2, bool with_face = false)
      : modalities(CodeModalities(with_face)),
        gallery(gallery::Gallery::Create(modalities, {shards}).value()) {}

  Ticket Add(const PersonTemplates& templates) {
    const Ticket ticket{Number(gallery->watermark()) + 1};
    EXPECT_THAT(gallery->Add(ticket, templates), IsOk());
    people.push_back(templates);
    return ticket;
  }
  void AddPeople(std::mt19937_64& random, int count, int fingers) {
    for (int i = 0; i < count; ++i) Add(DrawPerson(random, fingers));
  }
  CandidateList Search(const PersonTemplates& probe, const SearchOptions& options = {},
                       const CascadeBudgets& budgets = {}) const {
    absl::StatusOr<CandidateList> list =
        Cascade(modalities, *gallery, budgets).Search(probe, options);
    EXPECT_THAT(list, IsOk());
    return list.ok() ? *std::move(list) : CandidateList();
  }

  Modalities modalities;
  std::unique_ptr<gallery::Gallery> gallery;
  std::vector<PersonTemplates> people;
};

// Everything of a list that must not depend on shards, threads or stages.
std::string Text(const CandidateList& list) {
  std::string text = absl::StrCat(list.searched_count, "/", list.gallery_count, "\n");
  for (const Candidate& c : list.candidates) {
    absl::StrAppend(&text, Number(c.ticket), " ", c.llr.value, ":");
    for (const fusion::PositionEvidence& e : c.positions) {
      absl::StrAppend(&text, " ", static_cast<int>(e.probe), "-", static_cast<int>(e.reference),
                      "=", e.score.value, ",", e.llr.value);
    }
    text += "\n";
  }
  return text;
}

// Labelled positions only: the best pair of each, fused; by definition, without any stage.
std::string BruteForce(const World& world, const PersonTemplates& probe, size_t candidates_max) {
  std::vector<Candidate> all;
  for (size_t i = 0; i < world.people.size(); ++i) {
    std::map<Position, fusion::PositionEvidence> best;
    for (const Template& p : probe) {
      const Modality& modality = *world.modalities.For(p.position);
      for (const Template& r : world.people[i]) {
        if (p.position != r.position) continue;
        const ComparisonScore score = modality.Prepare(p.bytes)->Compare(r.bytes);
        const Llr llr = modality.Calibrate(score);
        const auto found = best.find(p.position);
        if (found != best.end() && found->second.llr >= llr) continue;
        best[p.position] = {p.position, r.position, score, llr};
      }
    }
    Candidate candidate;
    candidate.ticket = Ticket{i + 1};
    for (const auto& [position, evidence] : best) candidate.positions.push_back(evidence);
    candidate.llr = fusion::Fuse(candidate.positions);
    all.push_back(candidate);
  }
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.llr != b.llr ? a.llr > b.llr : a.ticket < b.ticket;
  });
  all.resize(std::min(all.size(), candidates_max));
  CandidateList list;
  list.candidates = all;
  list.searched_count = list.gallery_count = world.people.size();
  return Text(list);
}

// Budgets that make every stage work on a gallery of hundreds.
CascadeBudgets Narrow() {
  CascadeBudgets budgets;
  budgets.vector_share.fill(0.01);
  budgets.vector_persons_min = 40;
  budgets.voting_persons = 12;
  budgets.voting_persons_min = 12;
  return budgets;
}

TEST(Cascade, WithoutCutsTheListIsTheBruteForceOne) {
  std::mt19937_64 random(1);
  World world(3);
  world.AddPeople(random, 300, 3);
  CascadeBudgets budgets;
  budgets.use_vector_stage = false;
  budgets.voting_persons_min = 300;
  for (const size_t mate : {0, 150, 299}) {
    PersonTemplates probe = Recapture(random, world.people[mate]);
    probe.push_back(Recapture(random, world.people[mate][1]));  // a second sample of one position
    const CandidateList list = world.Search(probe, {}, budgets);
    EXPECT_EQ(list.candidates.front().ticket, Ticket{mate + 1});
    EXPECT_EQ(Text(list), BruteForce(world, probe, 20));
  }
}

TEST(Cascade, TheListIsTheSameForAnyNumberOfShards) {
  std::vector<std::string> lists;
  for (const int shards : {1, 2, 3, 7}) {
    std::mt19937_64 random(2);
    World world(shards);
    // Few codes: votes and scores repeat, so ties decide who is passed on.
    for (int i = 0; i < 700; ++i) world.Add(DrawPerson(random, 2, 3));
    std::string text;
    for (size_t i = 0; i < 40; ++i) {
      text += Text(world.Search(Recapture(random, world.people[i * 17]), {}, Narrow()));
    }
    lists.push_back(text);
  }
  for (const std::string& list : lists) EXPECT_EQ(list, lists.front());
}

TEST(Cascade, ABatchSearchAnswersAsAnOnlineOne) {
  std::mt19937_64 random(21);
  World world(3, true);
  for (int i = 0; i < 700; ++i) {
    PersonTemplates person = DrawPerson(random, 3, 3);
    person.push_back(DrawTemplate(random, Position::kFace, 3));
    world.Add(person);
  }
  SearchOptions batch;
  batch.priority = Priority::kBatch;
  for (const bool use_vector_stage : {true, false}) {
    CascadeBudgets budgets = Narrow();
    budgets.use_vector_stage = use_vector_stage;
    for (size_t i = 0; i < 30; ++i) {
      const PersonTemplates probe = Recapture(random, world.people[i * 17]);
      EXPECT_EQ(Text(world.Search(probe, batch, budgets)), Text(world.Search(probe, {}, budgets)));
    }
  }
}

TEST(Cascade, ABatchSearchWaitsForOnlineWork) {
  std::mt19937_64 random(22);
  World world;
  world.AddPeople(random, 50, 3);
  const Cascade cascade(world.modalities, *world.gallery, {});
  const PersonTemplates probe = Recapture(random, world.people[7]);
  SearchOptions options;
  options.priority = Priority::kBatch;
  const RightOfWay::Passage online = cascade.right_of_way().Enter();
  const absl::Time started = absl::Now();
  EXPECT_THAT(cascade.Search(probe, options), IsOk());
  EXPECT_GE(absl::Now() - started, kPatience);
}

TEST(Cascade, OfEqualVotesTheLowerTicketsAreCompared) {
  std::mt19937_64 random(14);
  World world;
  const PersonTemplates twin = DrawPerson(random, 2);
  for (int i = 0; i < 30; ++i) world.Add(twin);
  const CandidateList list = world.Search(twin, {}, Narrow());
  ASSERT_EQ(list.candidates.size(), 12U);
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(list.candidates[i].ticket, Ticket{i + 1});
}

TEST(Cascade, LeavingOutTheVectorStageChangesTheWorkNotTheDecisions) {
  std::mt19937_64 random(3);
  World world;
  world.AddPeople(random, 2000, 4);
  CascadeBudgets all = Narrow();
  all.use_vector_stage = false;
  const Policy policy = kFirstPolicy;
  int duplicates = 0;
  for (size_t i = 0; i < 60; ++i) {
    const bool mated = i % 2 == 0;
    const PersonTemplates probe =
        mated ? Recapture(random, world.people[i * 31]) : DrawPerson(random, 4);
    const CandidateList with = world.Search(probe, {}, Narrow());
    const CandidateList without = world.Search(probe, {}, all);
    EXPECT_EQ(BandOf(with.candidates.front().llr, policy),
              BandOf(without.candidates.front().llr, policy));
    if (BandOf(without.candidates.front().llr, policy) == Band::kHard) {
      EXPECT_EQ(with.candidates.front().ticket, without.candidates.front().ticket);
      EXPECT_EQ(with.candidates.front().ticket, Ticket{i * 31 + 1});
      ++duplicates;
    }
    EXPECT_LT(with.work.persons_voted, 4 * 41U);
    EXPECT_EQ(without.work.persons_voted, 2000U);
    EXPECT_EQ(with.work.persons_scanned, 2000U);
    EXPECT_EQ(without.work.persons_scanned, 0U);
  }
  EXPECT_EQ(duplicates, 30);
}

TEST(Cascade, OnlyPersonsThatTheProbeMaySeeAreCandidates) {
  std::mt19937_64 random(4);
  World world;
  const PersonTemplates twin = DrawPerson(random, 3);
  for (int i = 0; i < 8; ++i) world.Add(Recapture(random, twin));
  const std::vector<Ticket> erased = {Ticket{2}};
  ASSERT_THAT(world.gallery->Erase(Ticket{9}, erased), IsOk());
  const auto found = [&](const SearchOptions& options) {
    const CandidateList list = world.Search(twin, options);
    std::vector<uint64_t> tickets;
    for (const Candidate& c : list.candidates) tickets.push_back(Number(c.ticket));
    std::sort(tickets.begin(), tickets.end());
    EXPECT_EQ(list.searched_count, tickets.size());
    EXPECT_EQ(list.gallery_count, tickets.size());
    return tickets;
  };
  using Tickets = std::vector<uint64_t>;
  EXPECT_EQ(found({}), Tickets({1, 3, 4, 5, 6, 7, 8}));
  SearchOptions options;
  options.upto = Ticket{5};
  EXPECT_EQ(found(options), Tickets({1, 2, 3, 4}));  // number 5 came before the erasure
  options.as_of = Ticket{10};
  EXPECT_EQ(found(options), Tickets({1, 3, 4}));
  options.exclude = Ticket{3};
  EXPECT_EQ(found(options), Tickets({1, 4}));
  const std::vector<Ticket> only = {Ticket{1}, Ticket{2}, Ticket{6}, Ticket{8}};
  options = {};
  options.only = &only;
  EXPECT_EQ(found(options), Tickets({1, 6, 8}));
}

TEST(Cascade, CandidatesBelowTheLeastEvidenceOrBeyondTheCountAreLeftOut) {
  std::mt19937_64 random(5);
  World world;
  const PersonTemplates twin = DrawPerson(random, 3);
  for (int i = 0; i < 5; ++i) world.Add(Recapture(random, twin));
  world.AddPeople(random, 20, 3);
  SearchOptions options;
  options.llr_min = kFirstPolicy.review;
  EXPECT_EQ(world.Search(twin, options).candidates.size(), 5U);
  options.candidates_max = 2;
  EXPECT_EQ(world.Search(twin, options).candidates.size(), 2U);
}

TEST(Cascade, APositionThatOnlyOneSideHasSaysNothing) {
  std::mt19937_64 random(6);
  World world;
  world.Add({DrawTemplate(random, Position::kLeftThumb, 12)});
  const CandidateList list = world.Search({DrawTemplate(random, Position::kRightThumb, 12)});
  EXPECT_EQ(list.searched_count, 1U);  // was looked at, and has nothing to say
  for (const Candidate& c : list.candidates) {
    EXPECT_TRUE(c.positions.empty());
    EXPECT_EQ(c.llr, Llr{0});
  }
}

TEST(Cascade, AnUnlabelledFingerIsFoundUnderEveryPosition) {
  std::mt19937_64 random(7);
  World world;
  world.AddPeople(random, 200, 5);
  PersonTemplates probe = {Recapture(random, world.people[99][3])};
  probe[0].position = Position::kUnknownFinger;
  const CandidateList list = world.Search(probe, {}, Narrow());
  ASSERT_FALSE(list.candidates.empty());
  EXPECT_EQ(list.candidates[0].ticket, Ticket{100});
  ASSERT_EQ(list.candidates[0].positions.size(), 1U);
  const fusion::PositionEvidence& evidence = list.candidates[0].positions[0];
  EXPECT_EQ(evidence.reference, *PositionFromNumber(4));
  EXPECT_FLOAT_EQ(evidence.llr.value, 2 * evidence.score.value - 3 - std::log(5.F));
}

TEST(Cascade, AnUnlabelledReferenceGivesEvidenceOnce) {
  std::mt19937_64 random(8);
  World world;
  world.AddPeople(random, 200, 5);
  const PersonTemplates probe = DrawPerson(random, 5);
  PersonTemplates reference = {Recapture(random, probe[2])};
  reference[0].position = Position::kUnknownFinger;
  const Ticket mate = world.Add(reference);
  const CandidateList list = world.Search(probe, {}, Narrow());
  ASSERT_FALSE(list.candidates.empty());
  EXPECT_EQ(list.candidates[0].ticket, mate);
  ASSERT_EQ(list.candidates[0].positions.size(), 1U);
  EXPECT_EQ(list.candidates[0].positions[0].probe, *PositionFromNumber(3));
}

TEST(Cascade, AModalityWithoutCodesFindsItsMateWithoutVotes) {
  std::mt19937_64 random(9);
  World world(2, /*with_face=*/true);
  for (int i = 0; i < 400; ++i) {
    PersonTemplates person = DrawPerson(random, 2);
    person.push_back(DrawTemplate(random, Position::kFace, 12));
    world.Add(person);
  }
  for (const bool use_vector_stage : {true, false}) {
    CascadeBudgets budgets = Narrow();
    budgets.use_vector_stage = use_vector_stage;
    // The fingers are a stranger's: only the face leads to the mate.
    PersonTemplates probe = DrawPerson(random, 2);
    probe.push_back(Recapture(random, world.people[321][2]));
    const CandidateList list = world.Search(probe, {}, budgets);
    ASSERT_FALSE(list.candidates.empty());
    EXPECT_EQ(list.candidates[0].ticket, Ticket{322});
    EXPECT_LE(list.work.persons_compared, 24U);
  }
}

TEST(Cascade, VerificationIsTheComparisonOfTheSearch) {
  std::mt19937_64 random(10);
  World world;
  world.AddPeople(random, 5, 3);
  const PersonTemplates probe = Recapture(random, world.people[2]);
  const CandidateList list = world.Search(probe);
  const Cascade cascade(world.modalities, *world.gallery, {});
  const absl::StatusOr<Candidate> verified = cascade.Verify(probe, world.people[2]);
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->llr, list.candidates[0].llr);
  EXPECT_EQ(verified->positions.size(), 3U);
}

TEST(Cascade, AProbeWithoutTemplatesOrOfNoLoadedModalityIsRefused) {
  World world;
  const Cascade cascade(world.modalities, *world.gallery, {});
  EXPECT_THAT(cascade.Search({}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, "templates: got none"));
  const Template face{Position::kFace, 1, Quality{50}, "a face"};
  EXPECT_THAT(cascade.Search({&face, 1}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "templates[0].position: got FACE"));
}

TEST(Cascade, ALateSearchEndsWithoutAnythingPartial) {
  std::mt19937_64 random(11);
  World world;
  world.AddPeople(random, 50, 2);
  SearchOptions options;
  options.deadline = absl::InfinitePast();
  const Cascade cascade(world.modalities, *world.gallery, {});
  EXPECT_THAT(cascade.Search(world.people[0], options),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "the deadline passed"));
}

TEST(Cascade, AGalleryThatLagsBehindTheLedgerIsUnavailable) {
  std::mt19937_64 random(12);
  World world;
  world.AddPeople(random, 3, 1);
  SearchOptions options;
  options.upto = Ticket{9};
  options.deadline = absl::Now() + absl::Milliseconds(5);
  const Cascade cascade(world.modalities, *world.gallery, {});
  EXPECT_THAT(cascade.Search(world.people[0], options),
              StatusIs(absl::StatusCode::kUnavailable, "watermark: got 3, want 8"));
}

TEST(Cascade, SearchesBesideAppendsSeeEveryPersonBelowTheirNumber) {
  std::mt19937_64 random(13);
  World world(3);
  world.AddPeople(random, 50, 2);
  std::vector<PersonTemplates> added;
  for (int i = 0; i < 600; ++i) added.push_back(DrawPerson(random, 2));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (const PersonTemplates& person : added) {
      const Ticket ticket{Number(world.gallery->watermark()) + 1};
      EXPECT_THAT(world.gallery->Add(ticket, person), IsOk());
    }
    done = true;
  });
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      while (!done) {
        const Ticket mate = world.gallery->watermark();
        const PersonTemplates probe = world.gallery->TemplatesOf(mate, mate);
        SearchOptions options;
        options.upto = Ticket{Number(mate) + 1};
        const CandidateList list = world.Search(probe, options, Narrow());
        EXPECT_EQ(list.candidates.front().ticket, mate);
        EXPECT_EQ(list.searched_count, Number(mate));
        EXPECT_EQ(list.gallery_count, Number(mate));
      }
    });
  }
  writer.join();
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace distinct::search
