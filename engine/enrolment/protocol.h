// The ordered enrolment protocol for one enrolment n, as a deterministic state machine: what
// happened goes in, what to do next comes out. No clock, thread, random number or I/O.
//
//   Search(upto n) -> matches -> ReadStates -> an OPEN match? Drive the smallest, read again
//                                           -> resolve -> Decide (compare-and-set) -> Answer
//
// Why no two enrolments of one person both become UNIQUE: take a < b, mated. b decides only on
// evidence that covers every number < b, so it has a among its matches, waits until a is decided,
// and a live root of a makes b a DUPLICATE. That the root is still live is checked again by the
// ledger's compare-and-set. n waits for smaller numbers only: no cycle, and the smallest OPEN
// number waits for nobody. Explored state by state in tests/engine/enrolment/protocol_test.cc.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <variant>
#include <vector>

#include "absl/types/span.h"
#include "engine/ids.h"
#include "engine/ledger/record.h"
#include "engine/search/decision.h"

namespace distinct::enrolment {

// A smaller number that the search found alike. Never of Band::kNone.
struct Match {
  Ticket ticket = kNoTicket;
  search::Band band = search::Band::kGrey;
  auto operator<=>(const Match&) const = default;
};

// What the ledger holds about a match or its original.
struct MatchState {
  Ticket ticket = kNoTicket;
  ledger::DecisionKind kind = ledger::DecisionKind::kOpen;
  Ticket original = kNoTicket;  // of a DUPLICATE
  bool closed = false;          // by an erasure
  auto operator<=>(const MatchState&) const = default;
};

// Find everyone alike with a number < upto, over a gallery that has followed the ledger that far.
struct SearchEffect {
  Ticket upto = kNoTicket;
  auto operator<=>(const SearchEffect&) const = default;
};
// Read these states from the ledger; nothing older than this effect will do.
struct ReadStatesEffect {
  std::vector<Ticket> tickets;  // rising
  auto operator<=>(const ReadStatesEffect&) const = default;
};
// Get this smaller enrolment decided: drive it, or wait for the one that does. Never just wait for
// an enrolment that nobody drives.
struct DriveEffect {
  Ticket ticket = kNoTicket;
  auto operator<=>(const DriveEffect&) const = default;
};
// Write this decision, if n is still OPEN and the original still live.
struct DecideEffect {
  ledger::DecisionKind kind = ledger::DecisionKind::kOpen;
  std::vector<Ticket> originals;  // live persons matched hard, rising; a DUPLICATE is of the first
  auto operator<=>(const DecideEffect&) const = default;
};
// n is decided, by this machine or another: answer with what the ledger holds.
struct AnswerEffect {
  auto operator<=>(const AnswerEffect&) const = default;
};
using Effect =
    std::variant<SearchEffect, ReadStatesEffect, DriveEffect, DecideEffect, AnswerEffect>;

enum class DecideOutcome : uint8_t {
  kWon,           // written
  kLost,          // n was decided already
  kOriginalGone,  // the original was erased meanwhile; nothing written
};

// A value: copying it copies the run, so that a test can explore every order of events.
// Thread-compatible. REQUIRES of every On...(): it answers the effect returned last.
class Protocol {
 public:
  // `review_forced`: a finding of the submission that a machine must not pass over (samples of one
  // position that differ): never UNIQUE, but still DUPLICATE of a person matched hard.
  Protocol(Ticket n, bool review_forced) : n_(n), review_forced_(review_forced) {}

  Effect Start() const { return SearchEffect{n_}; }
  // Matches with a ticket >= n are ignored: later numbers never decide earlier ones.
  Effect OnSearched(absl::Span<const Match> matches);
  Effect OnStatesRead(absl::Span<const MatchState> states);
  Effect OnDriven();
  Effect OnDecided(DecideOutcome outcome);

  auto operator<=>(const Protocol&) const = default;

 private:
  Effect ReadMatches();
  Effect Resolve() const;
  // The live person that a decided match counts for, or kNoTicket.
  Ticket LiveRoot(const MatchState& match) const;

  Ticket n_;
  bool review_forced_;
  std::vector<Match> matches_;           // rising tickets
  std::map<Ticket, MatchState> states_;  // of matches, then of their originals
};

}  // namespace distinct::enrolment
