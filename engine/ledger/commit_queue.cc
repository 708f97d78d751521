#include "engine/ledger/commit_queue.h"

#include <algorithm>
#include <utility>

#include "engine/ledger/rows.h"

namespace distinct::ledger {
namespace {

// A group is flushed at this size even if more wait: a larger write delays its first caller more
// than it saves the last one. Design figures of the protocol (64 changes, 1 MiB).
constexpr size_t kGroupChangesMax = 64;
constexpr size_t kGroupBytesMax = 1 << 20;

}  // namespace

absl::Status CommitQueue::Run(Change change) {
  Pending pending(change);
  absl::MutexLock lock(&mu_);
  queue_.push_back(&pending);
  struct Wait {
    const CommitQueue* queue;
    const Pending* pending;
  } wait{this, &pending};
  mu_.Await(absl::Condition(
      +[](Wait* w) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return w->pending->done || (!w->queue->leading_ && w->queue->queue_.front() == w->pending);
      },
      &wait));
  if (!pending.done) Lead();
  return pending.result;
}

void CommitQueue::Lead() {
  leading_ = true;
  const std::deque<Pending*> group(
      queue_.begin(),
      queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kGroupChangesMax)));
  Tip tip = tip_;
  absl::Status flushed = broken_;
  mu_.Unlock();

  size_t applied = group.size();
  if (flushed.ok()) {
    Transaction transaction = store_.Begin();
    applied = Apply(group, transaction, tip);
    if (!transaction.empty()) {
      transaction.Put(Family::kMeta, kMetaHead, Encode(tip.head));
      flushed = store_.Commit(transaction);
    }
  }

  mu_.Lock();
  if (flushed.ok()) {
    tip_ = tip;
  } else {
    broken_ = flushed;
  }
  for (size_t i = 0; i < applied; ++i) {
    Pending* pending = queue_.front();
    queue_.pop_front();
    if (!flushed.ok()) pending->result = flushed;
    pending->done = true;
  }
  leading_ = false;
}

size_t CommitQueue::Apply(const std::deque<Pending*>& group, Transaction& transaction, Tip& tip) {
  size_t applied = 0;
  for (Pending* pending : group) {
    if (transaction.bytes() >= kGroupBytesMax) break;
    const Tip before = tip;
    transaction.Mark();
    pending->result = pending->change(transaction, tip);
    if (pending->result.ok()) {
      transaction.Keep();
    } else {
      transaction.RollBack();
      tip = before;
    }
    ++applied;
  }
  return applied;
}

Tip CommitQueue::tip() const {
  absl::MutexLock lock(&mu_);
  return tip_;
}

Ticket CommitQueue::WaitBeyond(Ticket after, absl::Duration timeout) const {
  const auto beyond = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return tip_.head.head > after; };
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&beyond), timeout);
  return tip_.head.head;
}

FeedSequence CommitQueue::WaitFeedBeyond(FeedSequence after, absl::Duration timeout) const {
  const auto beyond = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return tip_.head.feed > after; };
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&beyond), timeout);
  return tip_.head.feed;
}

}  // namespace distinct::ledger
