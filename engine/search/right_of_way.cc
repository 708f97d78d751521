#include "engine/search/right_of_way.h"

#include "absl/time/clock.h"

namespace distinct::search {

RightOfWay::Passage::~Passage() {
  if (way_ == nullptr) return;
  absl::MutexLock lock(&way_->mu_);
  --way_->passages_;
}

RightOfWay::Passage RightOfWay::Enter() {
  absl::MutexLock lock(&mu_);
  ++passages_;
  return Passage(this);
}

bool RightOfWay::WaitUntilFree(absl::Duration patience) {
  absl::MutexLock lock(&mu_);
  const auto free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return passages_ == 0; };
  return mu_.AwaitWithTimeout(absl::Condition(&free), patience);
}

void BatchTurn::Pause() {
  if (absl::Now() < turn_ends_) return;
  if (!way_.WaitUntilFree(kPatience)) turn_ends_ = absl::Now() + kTurn;
}

}  // namespace distinct::search
