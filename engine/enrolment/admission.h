// Bounded admission: what may enter before its append. After the append nothing is ever refused.
//
//   request -> Admit(estimated extraction work) -> Permit (held until answered) |
//   RESOURCE_EXHAUSTED
//
// Three budgets: requests in flight, queued extraction work, and enrolments that are OPEN (more of
// them than the last seconds' decisions can drain means that waiting would only grow). A refusal
// carries the time after which a retry has a chance, spread so that refused callers do not come
// back all at once.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/ledger/clock.h"

namespace distinct::enrolment {

// Key of the absl::Status payload with the retry delay: whole milliseconds as decimal text.
inline constexpr char kRetryAfterPayload[] = "distinct/retry_after_ms";

// The retry delay that a refusal carries; nothing if the status carries none.
std::optional<absl::Duration> RetryAfter(const absl::Status& status);

struct AdmissionLimits {
  int requests_max = 256;                             // in flight, whatever they do
  absl::Duration queued_work_max = absl::Seconds(2);  // of extraction, per extraction thread
  int extraction_threads = 1;
  uint64_t open_base = 256;                           // OPEN enrolments allowed beyond
  double open_per_decision = 2;                       // this times the decisions of
  absl::Duration decision_window = absl::Seconds(5);  // the last seconds
};

// Enrolments that are OPEN, and that were ever decided: ledger::Counts in two numbers.
struct DecisionLoad {
  uint64_t open = 0;
  uint64_t decided = 0;
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
  Permit(Admission* admission, absl::Duration work) : admission_(admission), work_(work) {}

  Admission* admission_ = nullptr;
  absl::Duration work_;
};

// Thread-safe. Must outlive its permits.
class Admission {
 public:
  // `load` is asked at every Admit() and must be thread-safe and quick. `seed` spreads the retry
  // delays.
  Admission(const AdmissionLimits& limits, Clock clock, std::function<DecisionLoad()> load,
            uint64_t seed);

  // `work`: estimated extraction time of the request on one thread; zero if it brings templates.
  // A request larger than the whole budget is admitted when nothing is queued.
  // RESOURCE_EXHAUSTED: this call stored nothing; kRetryAfterPayload says when to come again.
  absl::StatusOr<Permit> Admit(absl::Duration work);
  // For a repeat of what is stored already: never refused, since it brings no work of its own.
  Permit AdmitStored();

 private:
  friend class Permit;
  struct DecisionCount {
    absl::Time at;
    uint64_t decided = 0;
  };

  absl::Status Refuse(absl::Duration drain_time, const char* what, const std::string& got,
                      const std::string& want) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint64_t RecentDecisions(absl::Time now, uint64_t decided) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Release(absl::Duration work, int requests);

  const AdmissionLimits limits_;
  const Clock clock_;
  const std::function<DecisionLoad()> load_;

  absl::Mutex mu_;
  int requests_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration queued_work_ ABSL_GUARDED_BY(mu_);
  std::deque<DecisionCount> decisions_ ABSL_GUARDED_BY(mu_);  // oldest first, within the window
  std::mt19937_64 random_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::enrolment
