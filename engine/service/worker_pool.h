// Threads that may block: on a flush, a search, an extraction. gRPC's event threads never do.
//
// A fixed number of threads and a queue bounded in calls and in bytes; what does not fit is refused
// at once, so that an overload costs its callers a wait and the server no memory.
//
//   Submit ... -> Close (Submit refuses) -> WaitUntilIdle -> gone
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/search/right_of_way.h"

namespace distinct::service {

struct WorkerPoolOptions {
  int threads = 8;
  size_t queued_calls_max = 256;
  // Requests wait decoded in memory; eight of the largest that gRPC lets through (64 MiB).
  size_t queued_bytes_max = size_t{512} << 20;
  // If not null: each task is online work, from its Submit() to its end. Must outlive the pool.
  search::RightOfWay* right_of_way = nullptr;
};

// Thread-safe.
class WorkerPool {
 public:
  explicit WorkerPool(const WorkerPoolOptions& options);
  // Runs what is queued, then joins the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Queues `task`, which holds `bytes` of memory until it has run. RESOURCE_EXHAUSTED, with the
  // time to wait (status.h): the queue is full. `task` must not throw.
  // UNAVAILABLE, with a time to wait: Close() was called.
  absl::Status Submit(size_t bytes, std::function<void()> task);

  // From now on nothing is taken; what was is run. The server is about to stop.
  void Close();
  // True when nothing is queued or runs; false at `deadline`.
  bool WaitUntilIdle(absl::Time deadline);

 private:
  struct Task {
    size_t bytes = 0;
    std::function<void()> run;
    std::optional<search::RightOfWay::Passage> passage;
  };
  void Work();

  const WorkerPoolOptions options_;
  absl::Mutex mu_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mu_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  int running_ ABSL_GUARDED_BY(mu_) = 0;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace distinct::service
