// What brings the rest of the engine in step with the ledger: at start and ever after, by one path.
//
//   Follower:  ledger entries, in order -> gallery            (own thread)
//   Recoverer: OPEN enrolments that nobody drives -> drive    (own thread)
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/gallery.h"
#include "engine/ids.h"
#include "engine/ledger/clock.h"
#include "engine/ledger/ledger.h"

namespace distinct::enrolment {

// Who is searched: everybody in one gallery, or, after a switch of template versions, those who
// stay in the earlier one in another, and all others in the first.
struct Galleries {
  Galleries(gallery::Gallery& all) : in_force(all) {}
  Galleries(gallery::Gallery& others, gallery::Gallery& those_staying, std::vector<Ticket> who)
      : in_force(others), rest(&those_staying), staying(std::move(who)) {}

  // What both hold.
  Ticket watermark() const;

  gallery::Gallery& in_force;
  gallery::Gallery* rest = nullptr;
  std::vector<Ticket> staying;  // rising
};

// Applies entries that follow the watermark, in order; those before one that fails stay applied.
// One writer.
absl::Status Apply(absl::Span<const ledger::Entry> entries, const Galleries& galleries);

// Applies every entry of the ledger to the gallery, from the gallery's watermark on. An entry that
// cannot be applied is tried again and logged: skipping it would let a duplicate through, so
// enrolments stay OPEN until it is repaired. Thread-safe.
class Follower {
 public:
  // All must outlive the follower; it is the galleries' one writer. Starts the thread.
  Follower(const ledger::Ledger& ledger, const Galleries& galleries);
  ~Follower();  // stops and joins within a fraction of a second

  // The gallery holds every entry that the ledger held when this follower began.
  bool caught_up() const { return galleries_.watermark() >= target_; }
  // Why the gallery does not move, or OK.
  absl::Status status() const;

 private:
  void Run();
  // One batch; how many entries it had.
  absl::StatusOr<int> Step();

  const ledger::Ledger& ledger_;
  const Galleries galleries_;
  const Ticket target_;
  mutable absl::Mutex mu_;
  absl::Status status_ ABSL_GUARDED_BY(mu_);
  absl::Notification stop_;
  std::thread thread_;
};

// Drives OPEN enrolments without a driver, smallest first: those of an earlier process at once,
// those that were seen OPEN for kRecoverAfter. The callback says whether a driver runs.
class Recoverer {
 public:
  struct Callbacks {
    // Work may begin: the gallery has caught up.
    std::function<bool()> ready;
    // Somebody in this process drives it.
    std::function<bool(Ticket)> driven;
    // Drives it to its decision or to an error, which is only logged: it stays OPEN for the next
    // round.
    std::function<absl::Status(Ticket)> drive;
  };

  // `ledger` must outlive the recoverer. Starts the thread.
  Recoverer(const ledger::Ledger& ledger, Clock clock, Callbacks callbacks);
  ~Recoverer();  // waits for the drive under way

 private:
  void Run();
  void Round();

  const ledger::Ledger& ledger_;
  const Clock clock_;
  const Callbacks callbacks_;
  const Ticket head_at_start_;
  std::map<Ticket, absl::Time> open_since_;  // as seen by this thread
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace distinct::enrolment
