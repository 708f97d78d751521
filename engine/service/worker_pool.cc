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
// What an operator's restart takes at the least; who comes too early waits for the next answer.
constexpr absl::Duration kRestart = absl::Seconds(5);

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
  if (closed_) {
    return WithRetryAfter(
        absl::UnavailableError("server: is stopping and takes no new calls; this call stored "
                               "nothing, repeat it after a while"),
        kRestart);
  }
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
  Task& queued = queue_.emplace_back(Task{bytes, std::move(task), std::nullopt});
  if (options_.right_of_way != nullptr) queued.passage = options_.right_of_way->Enter();
  return absl::OkStatus();
}

void WorkerPool::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
}

bool WorkerPool::WaitUntilIdle(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  const auto idle = [this]()
                        ABSL_SHARED_LOCKS_REQUIRED(mu_) { return queue_.empty() && running_ == 0; };
  return mu_.AwaitWithDeadline(absl::Condition(&idle), deadline);
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
      ++running_;
    }
    task.run();
    absl::MutexLock lock(&mu_);
    --running_;
  }
}

}  // namespace distinct::service
