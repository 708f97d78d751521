#include "engine/gallery/scan_queue.h"

#include <algorithm>
#include <utility>

#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::gallery {

absl::StatusOr<ScanResult> ScanQueue::Scan(const ScanRequest& request) {
  Waiting self;
  self.request = &request;
  {
    absl::MutexLock lock(&mu_);
    waiting_.push_back(&self);
    self.leads = self.called = !std::exchange(under_way_, true);
    mu_.Await(absl::Condition(&self.called));
  }
  if (self.leads) Lead();
  return *std::move(self.answer);
}

size_t ScanQueue::waiting() const {
  absl::MutexLock lock(&mu_);
  return waiting_.size();
}

// The leader stands first in the queue: of those who wait, the one that came first is called.
void ScanQueue::Lead() {
  std::vector<Waiting*> together;
  std::vector<const ScanRequest*> requests;
  {
    absl::MutexLock lock(&mu_);
    while (!waiting_.empty() && together.size() < kTogetherMax) {
      together.push_back(waiting_.front());
      requests.push_back(waiting_.front()->request);
      waiting_.pop_front();
    }
  }
  std::vector<absl::StatusOr<ScanResult>> answers(together.size());
  // Short of memory, say: whoever waits must be answered all the same.
  const absl::Status ran = Guard("scan", [&]() -> absl::Status {
    answers = run_(requests);
    return absl::OkStatus();
  });
  if (!ran.ok()) answers.assign(together.size(), ran);
  CHECK(answers.size() == together.size());
  absl::MutexLock lock(&mu_);
  for (size_t i = 0; i < together.size(); ++i) {
    together[i]->answer = std::move(answers[i]);
    together[i]->called = true;
  }
  under_way_ = !waiting_.empty();
  if (under_way_) waiting_.front()->leads = waiting_.front()->called = true;
}

}  // namespace distinct::gallery
