#include "engine/gallery/scan_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::gallery {

absl::StatusOr<ScanResult> ScanQueue::Scan(const ScanRequest& request) {
  Waiting self;
  self.request = &request;
  {
    absl::MutexLock lock(&mu_);
    Enqueue(self);
    self.leads = self.called = !std::exchange(under_way_, true);
    mu_.Await(absl::Condition(&self.called));
  }
  if (self.leads) Lead();
  return *std::move(self.answer);
}

void ScanQueue::Enqueue(Waiting& waiting) {
  waiting_.push_back(&waiting);
  const absl::Duration left = waiting.request->deadline - absl::Now();
  hurried_ = hurried_ || left < 2 * kPatience * last_took_;
  Announcement* const announced = waiting.request->announced;
  if (announced == nullptr || announced->queue_ == nullptr) return;
  CHECK(announced->queue_ == this);
  announced->queue_ = nullptr;
  --announced_;
}

Announcement ScanQueue::Announce() {
  absl::MutexLock lock(&mu_);
  ++announced_;
  return Announcement(this);
}

void Announcement::End() {
  ScanQueue* const queue = std::exchange(queue_, nullptr);
  if (queue == nullptr) return;
  absl::MutexLock lock(&queue->mu_);
  --queue->announced_;
}

size_t ScanQueue::waiting() const {
  absl::MutexLock lock(&mu_);
  return waiting_.size();
}

void ScanQueue::AwaitCompany() {
  const auto complete = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return announced_ == 0 || hurried_ || waiting_.size() >= kTogetherMax;
  };
  mu_.AwaitWithTimeout(absl::Condition(&complete), kPatience * last_took_);
}

// The leader stands first in the queue: of those who wait, the one that came first is called.
void ScanQueue::Lead() {
  std::vector<Waiting*> together;
  std::vector<const ScanRequest*> requests;
  {
    absl::MutexLock lock(&mu_);
    AwaitCompany();
    while (!waiting_.empty() && together.size() < kTogetherMax) {
      together.push_back(waiting_.front());
      requests.push_back(waiting_.front()->request);
      waiting_.pop_front();
    }
    hurried_ = hurried_ && !waiting_.empty();
  }
  std::vector<absl::StatusOr<ScanResult>> answers(together.size());
  const auto begun = std::chrono::steady_clock::now();
  // Short of memory, say: whoever waits must be answered all the same.
  const absl::Status ran = Guard("scan", [&]() -> absl::Status {
    answers = run_(requests);
    return absl::OkStatus();
  });
  if (!ran.ok()) answers.assign(together.size(), ran);
  CHECK(answers.size() == together.size());
  absl::MutexLock lock(&mu_);
  last_took_ = absl::FromChrono(std::chrono::steady_clock::now() - begun);
  for (size_t i = 0; i < together.size(); ++i) {
    together[i]->answer = std::move(answers[i]);
    together[i]->called = true;
  }
  under_way_ = !waiting_.empty();
  if (under_way_) waiting_.front()->leads = waiting_.front()->called = true;
}

}  // namespace distinct::gallery
