#include "engine/enrolment/admission.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "matchers/check.h"

namespace distinct::enrolment {
namespace {

// Below a second a refused caller would come back before anything changed; beyond half a minute
// it would come back to an idle server.
constexpr absl::Duration kRetryMin = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Seconds(30);

// Decision counts are kept this far apart, so that the deque stays short at any request rate.
constexpr absl::Duration kCountSpacing = absl::Milliseconds(100);

}  // namespace

std::optional<absl::Duration> RetryAfter(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kRetryAfterPayload);
  int64_t milliseconds = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &milliseconds)) {
    return std::nullopt;
  }
  return absl::Milliseconds(milliseconds);
}

Permit::Permit(Permit&& other) noexcept
    : admission_(std::exchange(other.admission_, nullptr)), work_(other.work_) {}

Permit& Permit::operator=(Permit&& other) noexcept {
  std::swap(admission_, other.admission_);
  std::swap(work_, other.work_);
  return *this;
}

Permit::~Permit() {
  if (admission_ != nullptr) admission_->Release(work_, 1);
}

void Permit::ExtractionDone() {
  CHECK(admission_ != nullptr);
  admission_->Release(std::exchange(work_, absl::ZeroDuration()), 0);
}

Admission::Admission(const AdmissionLimits& limits, Clock clock, std::function<DecisionLoad()> load,
                     uint64_t seed)
    : limits_(limits), clock_(std::move(clock)), load_(std::move(load)), random_(seed) {
  CHECK(limits_.extraction_threads >= 1);
}

absl::StatusOr<Permit> Admission::Admit(absl::Duration work) {
  const DecisionLoad load = load_();
  const absl::Time now = clock_();
  absl::MutexLock lock(&mu_);
  const uint64_t recent = RecentDecisions(now, load.decided);

  if (requests_ >= limits_.requests_max) {
    return Refuse(kRetryMin, "requests in flight", absl::StrCat(requests_),
                  absl::StrCat("fewer than ", limits_.requests_max));
  }
  const absl::Duration budget = limits_.queued_work_max * limits_.extraction_threads;
  if (work > absl::ZeroDuration() && queued_work_ > absl::ZeroDuration() &&
      queued_work_ + work > budget) {
    return Refuse(queued_work_ / limits_.extraction_threads, "queued extraction work",
                  absl::FormatDuration(queued_work_ + work),
                  absl::StrCat("at most ", absl::FormatDuration(budget)));
  }
  const uint64_t open_max = limits_.open_base + static_cast<uint64_t>(limits_.open_per_decision *
                                                                      static_cast<double>(recent));
  if (load.open > open_max) {
    const double per_second =
        static_cast<double>(recent) / absl::ToDoubleSeconds(limits_.decision_window);
    const absl::Duration drain =
        recent == 0 ? kRetryMax
                    : absl::Seconds(static_cast<double>(load.open - open_max) / per_second);
    return Refuse(drain, "open enrolments", absl::StrCat(load.open),
                  absl::StrCat("at most ", open_max));
  }
  ++requests_;
  queued_work_ += work;
  return Permit(this, work);
}

Permit Admission::AdmitStored() {
  absl::MutexLock lock(&mu_);
  ++requests_;
  return Permit(this, absl::ZeroDuration());
}

absl::Status Admission::Refuse(absl::Duration drain_time, const char* what, const std::string& got,
                               const std::string& want) {
  // Full jitter on top of the estimate: callers refused together return spread over as much again.
  const double jitter = std::uniform_real_distribution<double>(1.0, 2.0)(random_);
  const absl::Duration retry = std::clamp(drain_time * jitter, kRetryMin * jitter, kRetryMax);
  const int64_t retry_ms = absl::ToInt64Milliseconds(retry);
  absl::Status status = absl::ResourceExhaustedError(
      absl::StrCat(what, ": got ", got, ", want ", want, "; this call stored nothing, retry after ",
                   retry_ms, " ms"));
  status.SetPayload(kRetryAfterPayload, absl::Cord(absl::StrCat(retry_ms)));
  return status;
}

uint64_t Admission::RecentDecisions(absl::Time now, uint64_t decided) {
  while (!decisions_.empty() && decisions_.front().at < now - limits_.decision_window) {
    decisions_.pop_front();
  }
  if (decisions_.empty() || now - decisions_.back().at >= kCountSpacing) {
    decisions_.push_back({now, decided});
  }
  const uint64_t before = decisions_.front().decided;
  return decided > before ? decided - before : 0;
}

void Admission::Release(absl::Duration work, int requests) {
  absl::MutexLock lock(&mu_);
  queued_work_ -= work;
  requests_ -= requests;
}

}  // namespace distinct::enrolment
