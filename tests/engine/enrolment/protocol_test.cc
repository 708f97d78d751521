// The protocol's rules one by one, then every order of events in small worlds, then random orders
// in larger ones.
#include "engine/enrolment/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/engine/enrolment/protocol_world.h"

namespace distinct::enrolment {
namespace {

using ledger::DecisionKind;
using search::Band;
using ::testing::IsEmpty;

constexpr Ticket kProbe{10};

Match Hard(uint64_t n) { return {Ticket{n}, Band::kHard}; }
Match Grey(uint64_t n) { return {Ticket{n}, Band::kGrey}; }
MatchState Unique(uint64_t n) { return {Ticket{n}, DecisionKind::kUnique, kNoTicket, false}; }
MatchState Erased(uint64_t n) { return {Ticket{n}, DecisionKind::kUnique, kNoTicket, true}; }
MatchState State(uint64_t n, DecisionKind kind) { return {Ticket{n}, kind, kNoTicket, false}; }
MatchState DuplicateOf(uint64_t n, uint64_t original) {
  return {Ticket{n}, DecisionKind::kDuplicate, Ticket{original}, false};
}
Effect Decided(DecisionKind kind, std::vector<Ticket> originals = {}) {
  return DecideEffect{kind, std::move(originals)};
}
Effect Reads(std::vector<Ticket> tickets) { return ReadStatesEffect{std::move(tickets)}; }

TEST(Protocol, SearchesEverythingBelowItsOwnNumber) {
  EXPECT_EQ(Protocol(kProbe, false).Start(), Effect(SearchEffect{kProbe}));
}

TEST(Protocol, NobodyAlikeIsUnique) {
  Protocol protocol(kProbe, false);
  EXPECT_EQ(protocol.OnSearched({}), Decided(DecisionKind::kUnique));
  EXPECT_EQ(protocol.OnDecided(DecideOutcome::kWon), Effect(AnswerEffect{}));
}

TEST(Protocol, LaterNumbersAndItselfDoNotCount) {
  Protocol protocol(kProbe, false);
  EXPECT_EQ(protocol.OnSearched({Hard(10), Hard(11)}), Decided(DecisionKind::kUnique));
}

TEST(Protocol, AHardMatchWithALivePersonIsADuplicate) {
  Protocol protocol(kProbe, false);
  EXPECT_EQ(protocol.OnSearched({Hard(3)}), Reads({Ticket{3}}));
  EXPECT_EQ(protocol.OnStatesRead({Unique(3)}), Decided(DecisionKind::kDuplicate, {Ticket{3}}));
}

TEST(Protocol, ADuplicateLeadsToItsOriginal) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({Hard(7)});
  EXPECT_EQ(protocol.OnStatesRead({DuplicateOf(7, 2)}), Reads({Ticket{2}}));
  EXPECT_EQ(protocol.OnStatesRead({Unique(2)}), Decided(DecisionKind::kDuplicate, {Ticket{2}}));
}

TEST(Protocol, SeveralOriginalsAreReportedSmallestFirst) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({Hard(7), Hard(4), Hard(5)});
  protocol.OnStatesRead({Unique(4), Unique(5), DuplicateOf(7, 2)});
  EXPECT_EQ(protocol.OnStatesRead({Unique(2)}),
            Decided(DecisionKind::kDuplicate, {Ticket{2}, Ticket{4}, Ticket{5}}));
}

TEST(Protocol, AnOpenMatchIsDrivenSmallestFirstAndReadAgain) {
  Protocol protocol(kProbe, false);
  EXPECT_EQ(protocol.OnSearched({Hard(7), Grey(4)}), Reads({Ticket{4}, Ticket{7}}));
  EXPECT_EQ(protocol.OnStatesRead({State(4, DecisionKind::kOpen), State(7, DecisionKind::kOpen)}),
            Effect(DriveEffect{Ticket{4}}));
  EXPECT_EQ(protocol.OnDriven(), Reads({Ticket{4}, Ticket{7}}));
  EXPECT_EQ(protocol.OnStatesRead({Unique(4), State(7, DecisionKind::kOpen)}),
            Effect(DriveEffect{Ticket{7}}));
  EXPECT_EQ(protocol.OnDriven(), Reads({Ticket{4}, Ticket{7}}));
  EXPECT_EQ(protocol.OnStatesRead({Unique(4), Unique(7)}),
            Decided(DecisionKind::kDuplicate, {Ticket{7}}));
}

TEST(Protocol, AGreyMatchAsksForReview) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({Grey(3)});
  EXPECT_EQ(protocol.OnStatesRead({Unique(3)}), Decided(DecisionKind::kReview));
}

TEST(Protocol, AHardMatchOutweighsAGreyOne) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({Grey(3), Hard(4)});
  EXPECT_EQ(protocol.OnStatesRead({Unique(3), Unique(4)}),
            Decided(DecisionKind::kDuplicate, {Ticket{4}}));
}

TEST(Protocol, AMatchInReviewPreventsUnique) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({Hard(3)});
  EXPECT_EQ(protocol.OnStatesRead({State(3, DecisionKind::kReview)}),
            Decided(DecisionKind::kReview));
}

TEST(Protocol, MatchesThatAreNobodyDoNotCount) {
  for (const MatchState& nobody :
       {State(3, DecisionKind::kWithdrawn), State(3, DecisionKind::kRefused), Erased(3)}) {
    for (const Match& match : {Hard(3), Grey(3)}) {
      Protocol protocol(kProbe, false);
      protocol.OnSearched({match});
      EXPECT_EQ(protocol.OnStatesRead({nobody}), Decided(DecisionKind::kUnique));
    }
  }
}

TEST(Protocol, ADuplicateOfAnErasedPersonDoesNotCount) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({Hard(7)});
  protocol.OnStatesRead({DuplicateOf(7, 2)});
  EXPECT_EQ(protocol.OnStatesRead({Erased(2)}), Decided(DecisionKind::kUnique));
}

TEST(Protocol, AWrongDuplicateErasedByItselfNoLongerLeadsToItsOriginal) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({Hard(7)});
  MatchState erased = DuplicateOf(7, 2);
  erased.closed = true;
  protocol.OnStatesRead({erased});
  EXPECT_EQ(protocol.OnStatesRead({Unique(2)}), Decided(DecisionKind::kUnique));
}

TEST(Protocol, AnOriginalErasedBeforeTheDecisionIsResolvedAgain) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({Hard(3)});
  protocol.OnStatesRead({Unique(3)});
  EXPECT_EQ(protocol.OnDecided(DecideOutcome::kOriginalGone), Reads({Ticket{3}}));
  EXPECT_EQ(protocol.OnStatesRead({Erased(3)}), Decided(DecisionKind::kUnique));
}

TEST(Protocol, LosingTheCompareAndSetIsAnswered) {
  Protocol protocol(kProbe, false);
  protocol.OnSearched({});
  EXPECT_EQ(protocol.OnDecided(DecideOutcome::kLost), Effect(AnswerEffect{}));
}

TEST(Protocol, AFindingThatForcesReviewPreventsUniqueButNotDuplicate) {
  Protocol alone(kProbe, true);
  EXPECT_EQ(alone.OnSearched({}), Decided(DecisionKind::kReview));
  Protocol matched(kProbe, true);
  matched.OnSearched({Hard(3)});
  EXPECT_EQ(matched.OnStatesRead({Unique(3)}), Decided(DecisionKind::kDuplicate, {Ticket{3}}));
}

// All worlds that can be reached, breadth first.
class Exploration {
 public:
  explicit Exploration(Rules rules) : rules_(std::move(rules)) {}

  // The first broken invariant, or I4 if some world cannot reach its end without further faults.
  std::string Run(const World& start) {
    Index(start);
    for (size_t at = 0; at < worlds_.size(); ++at) {
      const World world = *worlds_[at];
      for (const Step& step : Steps(rules_, world)) {
        const std::string broken = BrokenInvariant(rules_, world, step.after);
        if (!broken.empty()) return broken;
        const size_t to = Index(step.after);
        if (!step.fault) reverse_[to].push_back(at);
      }
    }
    return AllCanFinish() ? "" : "I4";
  }

  size_t worlds() const { return worlds_.size(); }
  bool Reaches(DecisionKind kind) const {
    for (const World* world : worlds_) {
      for (const Record& record : world->records) {
        if (record.kind == kind) return true;
      }
    }
    return false;
  }

 private:
  size_t Index(const World& world) {
    const auto [at, added] = index_.emplace(world, worlds_.size());
    if (added) {
      worlds_.push_back(&at->first);
      reverse_.emplace_back();
    }
    return at->second;
  }

  bool AllCanFinish() const {
    std::vector<bool> can(worlds_.size(), false);
    std::vector<size_t> left;
    for (size_t i = 0; i < worlds_.size(); ++i) {
      if (Finished(*worlds_[i])) {
        can[i] = true;
        left.push_back(i);
      }
    }
    while (!left.empty()) {
      const size_t at = left.back();
      left.pop_back();
      for (const size_t from : reverse_[at]) {
        if (can[from]) continue;
        can[from] = true;
        left.push_back(from);
      }
    }
    return std::find(can.begin(), can.end(), false) == can.end();
  }

  Rules rules_;
  std::map<World, size_t> index_;
  std::vector<const World*> worlds_;
  std::vector<std::vector<size_t>> reverse_;
};

// How alike records 1 and 2, 1 and 3, 2 and 3 are.
Graph Triangle(Band ab, Band ac, Band bc) {
  Graph graph(3, std::vector<Band>(3, Band::kNone));
  graph[0][1] = ab;
  graph[0][2] = ac;
  graph[1][2] = bc;
  return graph;
}

std::vector<Graph> AllTriangles() {
  std::vector<Graph> graphs;
  for (const Band ab : {Band::kNone, Band::kGrey, Band::kHard}) {
    for (const Band ac : {Band::kNone, Band::kGrey, Band::kHard}) {
      for (const Band bc : {Band::kNone, Band::kGrey, Band::kHard}) {
        graphs.push_back(Triangle(ab, ac, bc));
      }
    }
  }
  return graphs;
}

// The invariants that some order of events breaks over all triangles.
std::vector<std::string> BrokenBy(Sin sin) {
  std::vector<std::string> broken;
  for (const Graph& graph : AllTriangles()) {
    const std::string found = Exploration({graph, sin}).Run(EmptyWorld(3, 2, 1));
    if (!found.empty()) broken.push_back(found);
  }
  return broken;
}

TEST(ProtocolModel, EveryOrderOfEventsKeepsTheInvariants) {
  size_t worlds = 0;
  std::map<DecisionKind, bool> reached;
  for (const Graph& graph : AllTriangles()) {
    Exploration exploration({graph, Sin::kNone});
    EXPECT_EQ(exploration.Run(EmptyWorld(3, 2, 1)), "");
    worlds += exploration.worlds();
    for (const DecisionKind kind : {DecisionKind::kUnique, DecisionKind::kDuplicate,
                                    DecisionKind::kReview, DecisionKind::kWithdrawn}) {
      reached[kind] = reached[kind] || exploration.Reaches(kind);
    }
  }
  RecordProperty("worlds", std::to_string(worlds));
  for (const auto& [kind, seen] : reached) EXPECT_TRUE(seen) << static_cast<int>(kind);
}

TEST(ProtocolModel, NotWaitingForAnOpenMatchIsFound) {
  EXPECT_THAT(BrokenBy(Sin::kSkipOpen), ::testing::Contains("I1c"));
}

TEST(ProtocolModel, TakingReviewForNobodyIsFound) {
  EXPECT_THAT(BrokenBy(Sin::kReviewAsNone), ::testing::Contains("I1c"));
}

TEST(ProtocolModel, IgnoringErasuresIsFound) {
  EXPECT_THAT(BrokenBy(Sin::kIgnoreClosed), ::testing::Contains("I5"));
}

TEST(ProtocolModel, ResolvingWithAnErasedOriginalForEverIsFound) {
  EXPECT_THAT(BrokenBy(Sin::kBlindRead), ::testing::Contains("I4"));
}

TEST(ProtocolModel, DecidingWithoutCompareAndSetIsFound) {
  EXPECT_THAT(BrokenBy(Sin::kNoCompareAndSet), ::testing::Contains("I2"));
}

TEST(ProtocolModel, NotCheckingThatTheOriginalLivesIsFound) {
  EXPECT_THAT(BrokenBy(Sin::kDeadOriginal), ::testing::Contains("I5"));
}

TEST(ProtocolModel, ASearchThatDoesNotCoverItsPredecessorIsFound) {
  EXPECT_THAT(BrokenBy(Sin::kUncovered), ::testing::Contains("I1c"));
}

// Seven enrolments, three workers, two erasures, any graph, a random order of events: the
// invariants hold after each, and when the faults are over everything gets decided.
RC_GTEST_PROP(ProtocolModel, RandomOrdersKeepTheInvariantsAndEnd, ()) {
  constexpr size_t kRecords = 7;
  Rules rules{Graph(kRecords, std::vector<Band>(kRecords, Band::kNone)), Sin::kNone};
  for (size_t a = 0; a < kRecords; ++a) {
    for (size_t b = a + 1; b < kRecords; ++b) {
      rules.graph[a][b] = *rc::gen::element(Band::kNone, Band::kGrey, Band::kHard, Band::kHard);
    }
  }
  const auto choices =
      *rc::gen::container<std::vector<uint32_t>>(150, rc::gen::arbitrary<uint32_t>());
  World world = EmptyWorld(kRecords, 3, 2);
  size_t turn = 0;
  const auto advance = [&](uint32_t choice, bool faults) {
    std::vector<Step> steps = Steps(rules, world);
    std::erase_if(steps, [&](const Step& step) { return step.fault && !faults; });
    if (steps.empty()) return;
    const World before = world;
    world = steps[choice % steps.size()].after;
    RC_ASSERT(BrokenInvariant(rules, before, world).empty());
  };
  for (const uint32_t choice : choices) advance(choice, choice % 8 == 0);
  // A fair end: every enabled event has its turn.
  for (int i = 0; i < 5000 && !Finished(world); ++i) {
    advance(static_cast<uint32_t>(turn++ * 2654435761u >> 7), false);
  }
  RC_ASSERT(Finished(world));
}

}  // namespace
}  // namespace distinct::enrolment
