// A small world that runs the real protocol: a ledger, an all-seeing search, workers that crash, an
// eraser and an examiner. Every event is atomic, so that a state is a value and every order of
// events can be tried. The world can be told to break one rule, to see that a broken rule is found.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/enrolment/protocol.h"

namespace distinct::enrolment {

// The one rule that the world breaks.
enum class Sin : uint8_t {
  kNone,
  kSkipOpen,         // an OPEN match is taken for one that does not count
  kHold,             // an OPEN match is waited for, not driven
  kReviewAsNone,     // a match in REVIEW is taken for one that does not count
  kIgnoreDuplicate,  // so is a DUPLICATE: a chain of alikes breaks
  kIgnoreClosed,     // an erased original is taken for a live one, also by the ledger
  kBlindRead,        // an erased original is taken for a live one, but not by the ledger
  kNoCompareAndSet,  // a decision is written whatever is there
  kDeadOriginal,     // the ledger does not check that the original or subject is live
  kUncovered,        // a search may miss the last number before its own
  kLaterCount,       // later numbers are taken for matches too
  kIgnoreMerge,      // a person that was merged into another is taken for one of their own
  kDropEarly,        // replaced templates are hidden from smaller numbers too
  kForgetId,         // an erasure makes room for the same enrolment again
  kForgetCase,       // what an examiner said of an earlier record of the person is not known
  kCarryToAll,       // and this, that it is taken to be said of everybody
};

// How alike two people's samples are; graph[i][j] for i < j, symmetric by use.
using Graph = std::vector<std::vector<search::Band>>;

struct Record {
  bool appended = false;
  ledger::DecisionKind kind = ledger::DecisionKind::kOpen;
  Ticket original = kNoTicket;
  bool closed = false;
  bool was_closed = false;     // for the invariant: erased is for ever
  Ticket parent = kNoTicket;   // merged into
  Ticket dropped = kNoTicket;  // the last number that still sees its templates
  auto operator<=>(const Record&) const = default;
};

// One enrolment under way: the machine and the effect that it waits for.
struct Run {
  Ticket ticket = kNoTicket;
  Protocol protocol;
  Effect effect;
  auto operator<=>(const Run&) const = default;
};

// What a worker does: driving a smaller number is a run on top of the one that waits for it.
using Worker = std::vector<Run>;

struct World {
  std::vector<Record> records;  // record i has ticket i + 1
  std::vector<Worker> workers;
  int erasures_left = 0;
  int merges_left = 0;
  auto operator<=>(const World&) const = default;
};

struct Rules {
  Graph graph;
  Sin sin = Sin::kNone;
  // Record `update` is an update of record `subject`, a smaller one; none if they are equal.
  size_t update = 0, subject = 0;
  // Record `redo` carries on a case whose examiner said that it is another than record `other`, a
  // smaller one; none if they are equal, or it is an update.
  size_t redo = 0, other = 0;
  // What findings about the matches of the last record ask for.
  ledger::FindingAction asks = ledger::FindingAction::kNote;

  bool IsUpdate(size_t record) const { return update != subject && record == update; }
  bool IsRedo(size_t record) const { return redo != other && record == redo && !IsUpdate(record); }
  search::Band BandOf(size_t a, size_t b) const { return graph[std::min(a, b)][std::max(a, b)]; }
};

struct Step {
  World after;
  bool fault = false;  // a crash or an erasure: may happen, need not
};

// Every world that one event leads to.
std::vector<Step> Steps(const Rules& rules, const World& world);

// The broken invariant of `after`, or of the change that led to it; empty if all hold.
//   I1 no two alike are both live and UNIQUE     I1c UNIQUE: every smaller match is erased or its
//   I1u no update of one person is accepted          own, by a merge or an update
//      that is alike to another                  I5 DUPLICATE leads to a live person
//   I2 decisions never change                    I6 what was erased never comes back
//   I8 no machine makes a redo the DUPLICATE of the other
// I1 and I1c leave out who counts for the other of a redo.
std::string BrokenInvariant(const Rules& rules, const World& before, const World& after);

// Everybody is appended and decided, and nobody works any more. An update of nobody is no request.
bool Finished(const Rules& rules, const World& world);

World EmptyWorld(size_t records, size_t workers, int erasures, int merges = 0);

}  // namespace distinct::enrolment
