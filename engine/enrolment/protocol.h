// The ordered enrolment protocol for one number n, as a deterministic state machine: what happened
// goes in, what to do next comes out. No clock, thread, random number or I/O.
//
//   Search(upto n) -> matches -> ReadStates -> an OPEN match? Drive the smallest, read again
//                                           -> resolve -> Decide (compare-and-set) -> Answer
//
// n is an enrolment, or an update of a person who is enrolled, its subject. An adjudication runs
// the same machine from the matches that were stored, with the examiner's verdicts among the
// states. An enrolment that carries on the case of an erased one knows from there whom it is not:
// whatever counts for one of those persons is no match of it. A finding about them is for an
// examiner, if for anybody.
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
#include <set>
#include <variant>
#include <vector>

#include "absl/types/span.h"
#include "engine/ids.h"
#include "engine/ledger/record.h"
#include "engine/search/decision.h"

namespace distinct::enrolment {

// A smaller number that the search found alike, or that a finding is about.
struct Match {
  Ticket ticket = kNoTicket;
  search::Band band = search::Band::kGrey;  // kNone: not alike, but `asks` for something
  // What the findings about this number ask for, if it counts for a live person.
  ledger::FindingAction asks = ledger::FindingAction::kNote;
  auto operator<=>(const Match&) const = default;
};

// What the ledger holds about a match, or about whom it counts for.
struct MatchState {
  Ticket ticket = kNoTicket;
  ledger::DecisionKind kind = ledger::DecisionKind::kOpen;
  Ticket counts_for = kNoTicket;  // ledger::CountsFor(): original, subject or whom merged into
  bool closed = false;            // by an erasure
  ledger::Verdict verdict = ledger::Verdict::kNone;  // an examiner's, of n and this number
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
// Write this decision, if n is as undecided as before and the original or subject still live.
struct DecideEffect {
  ledger::DecisionKind kind = ledger::DecisionKind::kOpen;
  // Live persons matched hard, rising, without the subject; a DUPLICATE is of the first.
  std::vector<Ticket> originals;
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
  kOriginalGone,  // original or subject was erased or merged meanwhile; nothing written
};

// What is to be decided.
struct Question {
  Ticket ticket = kNoTicket;
  // Of an update; kNoTicket for an enrolment.
  Ticket subject = kNoTicket;
  // What the findings of the submission by itself ask for.
  ledger::FindingAction asks = ledger::FindingAction::kNote;
  // Of an update that is not of its subject: to an examiner, instead of REFUSED.
  bool review_strangers = false;
  // An examiner has the word: findings, of the submission or about a match, ask for nothing.
  bool examined = false;
  // What examiners said of the case that it carries on. Who is another person stands for whom that
  // person was merged into, and whatever counts for them; a record that counts for somebody else
  // stands for itself alone, and a merge makes nobody another who was said to be the same. A
  // verdict on n itself outweighs all.
  std::vector<Ticket> others = {}, same = {};
  auto operator<=>(const Question&) const = default;
};

// A value: copying it copies the run, so that a test can explore every order of events.
// Thread-compatible. REQUIRES of every On...(): it answers the effect returned last.
class Protocol {
 public:
  explicit Protocol(const Question& question) : question_(question) {}

  Effect Start() const { return SearchEffect{question_.ticket}; }
  // Matches with a ticket >= n are ignored: later numbers never decide earlier ones. An update has
  // its subject among them if that is alike, whether the search found it or not.
  Effect OnSearched(absl::Span<const Match> matches);
  Effect OnStatesRead(absl::Span<const MatchState> states);
  Effect OnDriven();
  Effect OnDecided(DecideOutcome outcome);

  auto operator<=>(const Protocol&) const = default;

 private:
  Effect ReadMatches();
  Effect Resolve() const;
  Effect ResolveUpdate(std::vector<Ticket> originals, ledger::FindingAction asked,
                       search::Band subject) const;
  // Who is no match, neither it nor whatever counts for it.
  std::set<Ticket> Others() const;
  // Adds what must be read before the live person that this number counts for is known.
  void AddUnread(Ticket ticket, std::set<Ticket>& unread) const;
  // The live person that a decided number counts for, or kNoTicket.
  Ticket LiveRoot(Ticket ticket) const;

  Question question_;
  std::vector<Match> matches_;           // rising tickets
  std::map<Ticket, MatchState> states_;  // of matches, then of whom they count for
};

}  // namespace distinct::enrolment
