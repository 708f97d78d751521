#include "engine/service/worker_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/service/status.h"

namespace distinct::service {
namespace {

// A full queue of slow calls drains a few of them in this time; the admission of enrolments
// (enrolment/admission.h) knows more and says so before this bound is reached.
constexpr absl::Duration kRetryAfter = absl::Milliseconds(500);

}  // namespace

WorkerPool::WorkerPool(const WorkerPoolOptions& options) : options_(options) {
  threads_.reserve(static_cast<size_t>(options_.threads));
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

absl::Status WorkerPool::Submit(size_t bytes, std::function<void()> task) {
  absl::MutexLock lock(&mu_);
  if (queue_.size() >= options_.queued_calls_max) {
    return WithRetryAfter(absl::ResourceExhaustedError(absl::StrCat(
                              "server: got ", queue_.size() + 1, " waiting calls, want at most ",
                              options_.queued_calls_max, "; repeat the call after a while")),
                          kRetryAfter);
  }
  // A single large call is let through an empty queue: gRPC has bounded it.
  if (!queue_.empty() && queued_bytes_ + bytes > options_.queued_bytes_max) {
    return WithRetryAfter(
        absl::ResourceExhaustedError(absl::StrCat(
            "server: got ", queued_bytes_ + bytes, " bytes in waiting calls, want at most ",
            options_.queued_bytes_max, "; repeat the call after a while")),
        kRetryAfter);
  }
  queued_bytes_ += bytes;
  queue_.push_back({bytes, std::move(task)});
  return absl::OkStatus();
}

void WorkerPool::Work() {
  const auto awake = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ || !queue_.empty();
  };
  while (true) {
    Task task;
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(&awake));
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
      queued_bytes_ -= task.bytes;
    }
    task.run();
  }
}

}  // namespace distinct::service
