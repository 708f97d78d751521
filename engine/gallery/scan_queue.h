// Scans that come at one time go together: whoever finds no scan under way leads the next, with
// all that wait by then. Nobody waits for company: alone, a scan begins at once.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/gallery/shard.h"

namespace distinct::gallery {

// Thread-safe.
class ScanQueue {
 public:
  // Answers all requests, in their order. Called by one thread at a time.
  using Run = std::function<std::vector<absl::StatusOr<ScanResult>>(
      absl::Span<const ScanRequest* const> requests)>;

  explicit ScanQueue(Run run) : run_(std::move(run)) {}

  // Blocks until the request is answered, by this thread or by another's run.
  absl::StatusOr<ScanResult> Scan(const ScanRequest& request);

  size_t waiting() const;  // for a scan to begin

  // Requests that go together at most: a scan's products of a run for four times as many
  // samples still fit the second-level cache beside the run.
  static constexpr size_t kTogetherMax = 16;

 private:
  struct Waiting {
    const ScanRequest* request = nullptr;
    bool leads = false;
    bool called = false;  // to lead, or to take the answer
    std::optional<absl::StatusOr<ScanResult>> answer;
  };

  void Lead() ABSL_LOCKS_EXCLUDED(mu_);

  const Run run_;
  mutable absl::Mutex mu_;
  std::deque<Waiting*> waiting_ ABSL_GUARDED_BY(mu_);
  bool under_way_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace distinct::gallery
