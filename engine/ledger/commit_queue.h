// Group commit: concurrent changes share one flush, in one order.
//
//   Run(change) -> queue -> the first waiting caller leads: applies every waiting change to one
//                           transaction, flushes once, publishes the new tip, wakes the others
//
// While one group is being flushed the next one gathers; there is no timer. A change that fails
// leaves no trace and does not disturb its neighbours. After a failed flush its outcome is unknown,
// so that nothing is written any more until the store is opened again.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/ledger.h"
#include "engine/ledger/store.h"

namespace distinct::ledger {

// Where the ledger ends, how many enrolments are in which state, policies and template versions.
struct Tip {
  HeadRecord head;
  Counts counts;
  Policies policies = std::make_shared<const std::vector<PolicyRecord>>(1, FirstPolicy());
  Versions versions = std::make_shared<const std::vector<VersionRecord>>();
  bool held = false;      // appends wait for a switch of template versions
  bool switched = false;  // since the store was opened: appends wait for the next start
};

// Thread-safe.
class CommitQueue {
 public:
  // Writes to the transaction and moves the tip. Runs on any caller's thread, never two at once.
  using Change = absl::FunctionRef<absl::Status(Transaction& transaction, Tip& tip)>;

  // `store` must outlive the queue.
  CommitQueue(Store& store, const Tip& tip) : store_(store), tip_(tip) {}

  // Returns when `change` is durable, or why it is not.
  absl::Status Run(Change change);

  // The durable tip.
  Tip tip() const;
  // Block until the tip is beyond, or the time-out; return where it is.
  Ticket WaitBeyond(Ticket after, absl::Duration timeout) const;
  FeedSequence WaitFeedBeyond(FeedSequence after, absl::Duration timeout) const;

 private:
  struct Pending {
    explicit Pending(Change wanted) : change(wanted) {}
    Change change;
    absl::Status result;
    bool done = false;
  };

  // Applies and flushes one group; fills in the results.
  void Lead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns how many of `group` went into the transaction.
  size_t Apply(const std::deque<Pending*>& group, Transaction& transaction, Tip& tip);

  Store& store_;
  mutable absl::Mutex mu_;
  std::deque<Pending*> queue_ ABSL_GUARDED_BY(mu_);  // one a caller's thread, which bounds it
  bool leading_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status broken_ ABSL_GUARDED_BY(mu_);
  Tip tip_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::ledger
