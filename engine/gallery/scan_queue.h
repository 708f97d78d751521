// Scans that come at one time go together: whoever finds no scan under way leads the next, with
// all that wait by then. A scan waits for company only while searches that were announced are
// still to come, and no longer than a few times what the last one took: a probe by itself is held
// by the memory, four together cost little more (decisions/0001-scan.md).
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/shard.h"

namespace distinct::gallery {

class ScanQueue;

// A search that is being made ready: its templates are being extracted, say. Until its first scan
// is in the queue (ScanRequest::announced), or it is destroyed. Movable. Thread-compatible.
class Announcement {
 public:
  Announcement(Announcement&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
  Announcement& operator=(Announcement&& other) noexcept {
    std::swap(queue_, other.queue_);
    return *this;
  }
  ~Announcement() { End(); }

  // Nothing is to come, or no more is known of when.
  void End();

 private:
  friend class ScanQueue;
  explicit Announcement(ScanQueue* queue) : queue_(queue) {}

  ScanQueue* queue_;
};

// Thread-safe.
class ScanQueue {
 public:
  // Answers all requests, in their order. Called by one thread at a time.
  using Run = std::function<std::vector<absl::StatusOr<ScanResult>>(
      absl::Span<const ScanRequest* const> requests)>;

  explicit ScanQueue(Run run) : run_(std::move(run)) {}

  // The queue must outlive it.
  Announcement Announce();

  // Blocks until the request is answered, by this thread or by another's run.
  absl::StatusOr<ScanResult> Scan(const ScanRequest& request);

  size_t waiting() const;  // for a scan to begin

  // Requests that go together at most: a scan's products of a run for four times as many
  // samples still fit the second-level cache beside the run.
  static constexpr size_t kTogetherMax = 16;
  // For company, in times of what the last scan took.
  static constexpr int kPatience = 4;

 private:
  friend class Announcement;
  struct Waiting {
    const ScanRequest* request = nullptr;
    bool leads = false;
    bool called = false;  // to lead, or to take the answer
    std::optional<absl::StatusOr<ScanResult>> answer;
  };

  void Lead() ABSL_LOCKS_EXCLUDED(mu_);
  void AwaitCompany() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Enqueue(Waiting& waiting) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Run run_;
  mutable absl::Mutex mu_;
  std::deque<Waiting*> waiting_ ABSL_GUARDED_BY(mu_);
  bool under_way_ ABSL_GUARDED_BY(mu_) = false;
  size_t announced_ ABSL_GUARDED_BY(mu_) = 0;
  bool hurried_ ABSL_GUARDED_BY(mu_) = false;  // somebody who waits would be late by company
  absl::Duration last_took_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::gallery
