// One simulated life of a store: clients that race, repeat and erase, fronts that share the work, a
// disk that fails, power cuts and restarts, until everything is decided. One seed replays it all.
//
// Real are: Ledger over RocksDB, Gallery, Cascade, and the enrolment Driver with its Protocol. Each
// front has a Driver of its own, as if it were a process of its own, so that their compare-and-sets
// do race. Fronts take turns at every effect of the protocol, where the driver asks for the time;
// which of them goes on is drawn. So are the follower's steps, RocksDB's background jobs, restarts.
// After every step the witness reads the ledger.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/breach.h"
#include "tests/simulation/disk.h"

namespace distinct::simulation {

struct Plan {
  uint64_t seed = 0;
  Fault fault;             // counted from the first start
  bool new_store = false;  // the store is created first; else it is there, and empty
  Breach breach = Breach::kNone;
};

struct Outcome {
  std::string broken;              // the first broken invariant, or ""
  std::vector<std::string> trace;  // a line a step
  uint64_t calls = 0;              // that changed the disk
  uint64_t calls_to_start = 0;     // of them until the first start was done
  uint64_t failures = 0;
  int starts = 0;                  // of the process
  std::array<int, 7> decisions{};  // by ledger::DecisionKind
  int processing_failed = 0;       // of those in REVIEW: given up after failed attempts
};

Outcome Simulate(const Plan& plan);

// "seed=7 fault=power_cut@31": what Simulate() is to repeat.
std::string ToText(const Plan& plan);
// Nothing if it is not such a text.
bool Parse(const std::string& text, Plan& plan);

}  // namespace distinct::simulation
