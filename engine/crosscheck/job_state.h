// What a cross-check keeps in the ledger to be resumed: one small head, and the pairs found in
// numbered parts beside it, so that a checkpoint writes only what is new.
//
//   crosscheck/JOB         key=value lines: format, options, snapshot, progress, number of parts
//   crosscheck-pairs/K/JOB "a b llr" lines
//
// A part is written before the head that counts it: a crash in between leaves a part that the
// resumed run writes again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/crosscheck/crosscheck.h"

namespace distinct::crosscheck {

struct JobState {
  CrossCheckOptions options;
  Ticket snapshot = kNoTicket;   // the watermark when the job first started
  Ticket last_done = kNoTicket;  // every probe up to it is done
  uint64_t probes_done = 0;
  uint64_t pairs_compared = 0;
  uint64_t parts = 0;  // of pairs
};

// Run() has nothing left to do. Never true of a new job.
inline bool IsFinished(const JobState& state) {
  return state.last_done != kNoTicket && state.last_done == state.snapshot;
}

// The job's state, or a new one with `snapshot`. FAILED_PRECONDITION: other options. DATA_LOSS.
absl::StatusOr<JobState> LoadJob(const ledger::Ledger& ledger, std::string_view job,
                                 const CrossCheckOptions& options, Ticket snapshot);

// The pairs of all parts that `state` counts. DATA_LOSS.
absl::StatusOr<std::vector<Pair>> LoadPairs(const ledger::Ledger& ledger, std::string_view job,
                                            const JobState& state);

// Writes `pairs` as the next part, if there are any, then the state. Durable on return.
absl::Status Checkpoint(ledger::Ledger& ledger, std::string_view job, absl::Span<const Pair> pairs,
                        JobState& state);

}  // namespace distinct::crosscheck
