// Engines that break one rule, to see that the simulation notices. The rules are broken between the
// engine's objects, by the linker (--wrap, see CMakeLists.txt): the engine has no hooks for it.
#pragma once

#include <cstdint>

namespace distinct::simulation {

enum class Breach : uint8_t {
  kNone,
  kNoSync,            // acknowledged before it is flushed (sync=false); by Disk::Options
  kNoCompareAndSet,   // a decision is written whatever is there
  kDeadOriginal,      // the ledger does not check that a DUPLICATE's original is live
  kSearchMissesLast,  // a search does not cover the last number: a watermark asked for too early
  kTwoBatches,        // an append is flushed before its templates
  kForgetsErasedId,   // an erasure takes the id with it
  kPolicyOfToday,     // a number is decided by the policy in force when that is done
};

// What the whole program's engine breaks from here on.
void Break(Breach breach);

}  // namespace distinct::simulation
