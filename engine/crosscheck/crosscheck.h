// A gallery against itself, or one tag's members against another's: every pair of persons above a
// threshold, and the clusters they form. Batch work: one probe after another in ticket order,
// resumable at any probe, paced so that enrolments come first. No decision is touched.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/gallery/gallery.h"
#include "engine/ids.h"
#include "engine/ledger/ledger.h"
#include "engine/search/cascade.h"

namespace distinct::crosscheck {

struct Pair {
  Ticket a = kNoTicket;  // a < b
  Ticket b = kNoTicket;
  Llr llr;
  auto operator<=>(const Pair&) const = default;
};

struct CrossCheckOptions {
  std::optional<std::string> tag;      // probes: members of this tag; else everybody
  std::optional<std::string> against;  // references: members of this tag; else as `tag`
  Llr llr_min;                         // pairs below are not reported
};

struct Progress {
  uint64_t probes_done = 0, probes_total = 0;
  uint64_t pairs_compared = 0;  // person pairs covered by the search, whatever stage ended them
  std::vector<Pair> new_pairs;  // found since the last report
  absl::Duration elapsed;
};

struct Result {
  uint64_t pairs_compared = 0;
  std::vector<Pair> pairs;                    // by falling llr, then rising a, b
  std::vector<std::vector<Ticket>> clusters;  // of two or more, each sorted; by smallest member
  absl::Duration elapsed;
};

// Runs one cross-check over what is published at its start, on `threads` threads. `job`: a name
// under which progress is kept in the ledger; the same name resumes where an earlier run stopped,
// over what was published then, and a finished one answers its pairs again
// (FAILED_PRECONDITION if its options differ; DATA_LOSS if its state cannot be read).
// Every pair is compared once, the later ticket as the probe; with `against`, the member of `tag`.
// `on_progress` returns false to stop: CANCELLED, and what was done is kept. It is called from the
// calling thread. NOT_FOUND: a tag with no members. UNAVAILABLE: a shard lost coverage.
absl::StatusOr<Result> Run(const search::Cascade& cascade, ledger::Ledger& ledger,
                           const gallery::Gallery& gallery, std::string_view job,
                           const CrossCheckOptions& options, int threads,
                           const std::function<bool(const Progress&)>& on_progress);

}  // namespace distinct::crosscheck
