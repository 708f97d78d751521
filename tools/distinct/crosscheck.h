// A cross-check from the client's side: start or resume the job, follow it to its end, fetch what
// it found, and write it down.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "distinct/v1/gallery.pb.h"
#include "tools/distinct/client.h"

namespace distinct::cli {

struct CrossCheckOutcome {
  uint64_t pairs_compared = 0;
  double seconds = 0;
  uint32_t policy_version = 0;
  std::vector<v1::CrossCheckPair> pairs;        // by falling llr
  std::vector<v1::CrossCheckCluster> clusters;  // records that are one person
};

// Blocks until the job has ended. A server that goes away is waited for, a minute at most, and the
// job resumed. Errors: the server's; ABORTED if somebody else stopped the job.
absl::StatusOr<CrossCheckOutcome> RunCrossCheck(
    const Client& client, const v1::StartCrossCheckRequest& request,
    const std::function<void(const v1::CrossCheckProgress&)>& on_progress);

// pairs.csv (a,b,llr), clusters.csv (cluster,enrolment_id) and report.html in the folder `out`.
absl::Status WriteCrossCheck(const CrossCheckOutcome& outcome,
                             const v1::StartCrossCheckRequest& request, const std::string& out);

}  // namespace distinct::cli
