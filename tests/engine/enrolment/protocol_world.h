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
  kReviewAsNone,     // so is a match in REVIEW
  kIgnoreClosed,     // an erased original is taken for a live one, also by the ledger
  kBlindRead,        // an erased original is taken for a live one, but not by the ledger
  kNoCompareAndSet,  // a decision is written whatever is there
  kDeadOriginal,     // the ledger does not check that the original is live
  kUncovered,        // a search may miss the last number before its own
};

// How alike two people's samples are; graph[i][j] for i < j, symmetric by use.
using Graph = std::vector<std::vector<search::Band>>;

struct Record {
  bool appended = false;
  ledger::DecisionKind kind = ledger::DecisionKind::kOpen;
  Ticket original = kNoTicket;
  bool closed = false;
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
  auto operator<=>(const World&) const = default;
};

struct Rules {
  Graph graph;
  Sin sin = Sin::kNone;

  search::Band BandOf(size_t a, size_t b) const { return graph[std::min(a, b)][std::max(a, b)]; }
};

struct Step {
  World after;
  bool fault = false;  // a crash or an erasure: may happen, need not
};

// Every world that one event leads to.
std::vector<Step> Steps(const Rules& rules, const World& world);

// The broken invariant of `after`, or of the change that led to it; empty if all hold.
//   I1 no two alike are both live and UNIQUE     I1c UNIQUE: every smaller match is erased
//   I2 decisions never change                    I5 DUPLICATE points to a live person
std::string BrokenInvariant(const Rules& rules, const World& before, const World& after);

// Everybody is appended and decided, and nobody works any more.
bool Finished(const World& world);

World EmptyWorld(size_t records, size_t workers, int erasures);

}  // namespace distinct::enrolment
