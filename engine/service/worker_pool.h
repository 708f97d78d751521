// Threads that may block: on a flush, a search, an extraction. gRPC's event threads never do.
//
// A fixed number of threads and a queue bounded in calls and in bytes; what does not fit is refused
// at once, so that an overload costs its callers a wait and the server no memory.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace distinct::service {

struct WorkerPoolOptions {
  int threads = 8;
  size_t queued_calls_max = 256;
  // Requests wait decoded in memory; eight of the largest that gRPC lets through (64 MiB).
  size_t queued_bytes_max = size_t{512} << 20;
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
  absl::Status Submit(size_t bytes, std::function<void()> task);

 private:
  struct Task {
    size_t bytes = 0;
    std::function<void()> run;
  };
  void Work();

  const WorkerPoolOptions options_;
  absl::Mutex mu_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mu_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace distinct::service
