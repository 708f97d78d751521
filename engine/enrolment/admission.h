// Bounded admission: what may enter before its append. After the append nothing is ever refused.
//
//   call -> Admit(Demand) -> Permit (held until answered) | RESOURCE_EXHAUSTED
//
// Refused is, by the numbers of AdmissionLimits: a call beyond those in flight or beyond the queued
// extraction work, both shared fairly among clients (fair_share.h); and what would be appended
// while more enrolments are OPEN than the last seconds' decisions can drain, or while the gallery
// is seconds behind the ledger, since waiting would only grow. A refusal carries the time after
// which a retry has a chance, spread so that refused callers do not come back all at once.
//
// Batch calls have places of their own and get only what online calls leave; online calls are
// admitted as if there were no batch. The memory for decoded pixels is bounded where they are
// decoded (service/extraction_pool.h).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/enrolment/fair_share.h"
#include "engine/ids.h"
#include "engine/ledger/clock.h"
#include "engine/search/right_of_way.h"

namespace distinct::enrolment {

// Key of the absl::Status payload with the retry delay: whole milliseconds as decimal text.
inline constexpr char kRetryAfterPayload[] = "distinct/retry_after_ms";

// The retry delay that a refusal carries; nothing if the status carries none.
std::optional<absl::Duration> RetryAfter(const absl::Status& status);

struct AdmissionLimits {
  int requests_max = 256;                             // in flight, whatever they do
  int batch_requests_max = 64;                        // of a batch's, beside them
  absl::Duration queued_work_max = absl::Seconds(2);  // of extraction, per extraction thread
  int extraction_threads = 1;
  int batch_threads = 1;         // of extraction for batch calls, beside them
  uint64_t open_base = 256;      // OPEN enrolments allowed beyond
  double open_per_decision = 2;  // this times the decisions of the last `window`
  absl::Duration window = absl::Seconds(5);
  // For a batch, this share of the OPEN enrolments that are allowed.
  double batch_open_share = 0.5;
  absl::Duration lag_max = absl::Seconds(5);  // of the gallery behind the ledger; at most `window`
};

// Where ledger and gallery stand.
struct Standing {
  uint64_t open = 0;            // enrolments
  uint64_t decided = 0;         // ever
  Ticket head = kNoTicket;      // the last number appended
  Ticket followed = kNoTicket;  // the last number in the gallery
};

// What a call asks for.
struct Demand {
  std::string client;  // among whom places are shared
  search::Priority priority = search::Priority::kOnline;
  absl::Duration work;   // estimated time of its extraction on one thread
  bool appends = false;  // it would be one more OPEN enrolment
};

class Admission;

// The right to be worked on; gives its share back when destroyed. Movable. Thread-compatible.
class Permit {
 public:
  Permit(Permit&& other) noexcept;
  Permit& operator=(Permit&& other) noexcept;
  ~Permit();

  // Gives back the extraction work early: templates are made, the request goes on.
  void ExtractionDone();

 private:
  friend class Admission;
  Permit(Admission* admission, Demand demand) : admission_(admission), demand_(std::move(demand)) {}

  Admission* admission_ = nullptr;
  Demand demand_;
};

// Thread-safe. Must outlive its permits.
class Admission {
 public:
  // `standing` is asked at every Admit() and must be thread-safe and quick. `seed` spreads the
  // retry delays.
  Admission(const AdmissionLimits& limits, Clock clock, std::function<Standing()> standing,
            uint64_t seed);

  // A call with more work than the whole budget is admitted when nothing is queued.
  // RESOURCE_EXHAUSTED: this call stored nothing; kRetryAfterPayload says when to come again.
  absl::StatusOr<Permit> Admit(const Demand& demand);
  // For a repeat of what is stored already: never refused, since it brings no work of its own.
  Permit AdmitStored(const Demand& demand);

 private:
  friend class Permit;
  // What one priority has taken.
  struct Lane {
    FairShare requests;
    FairShare work;  // microseconds
  };
  struct Seen {
    absl::Time at;
    Standing standing;
  };

  Lane& LaneOf(search::Priority priority) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Check(const Demand& demand, absl::Time now, const Standing& standing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckRequests(const Demand& demand) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckWork(const Demand& demand) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckOpen(const Demand& demand, absl::Time now, const Standing& standing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckLag(absl::Time now, const Standing& standing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Refuse(absl::Duration drain_time, const std::string& what, const std::string& got,
                      const std::string& want) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Remember(absl::Time now, const Standing& standing) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Release(const Demand& demand, int requests);

  const AdmissionLimits limits_;
  const Clock clock_;
  const std::function<Standing()> standing_;

  absl::Mutex mu_;
  Lane online_ ABSL_GUARDED_BY(mu_);
  Lane batch_ ABSL_GUARDED_BY(mu_);
  // Oldest first: the newest that is a window old, and all younger ones.
  std::deque<Seen> seen_ ABSL_GUARDED_BY(mu_);
  std::mt19937_64 random_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::enrolment
