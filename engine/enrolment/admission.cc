#include "engine/enrolment/admission.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::enrolment {
namespace {

// Below a second a refused caller would come back before anything changed; beyond half a minute
// it would come back to an idle server.
constexpr absl::Duration kRetryMin = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Seconds(30);

// What was seen is kept this far apart, so that the deque stays short at any request rate.
constexpr absl::Duration kSeenSpacing = absl::Milliseconds(100);

int64_t Microseconds(absl::Duration work) { return absl::ToInt64Microseconds(work); }

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
    : admission_(std::exchange(other.admission_, nullptr)), demand_(std::move(other.demand_)) {}

Permit& Permit::operator=(Permit&& other) noexcept {
  std::swap(admission_, other.admission_);
  std::swap(demand_, other.demand_);
  return *this;
}

Permit::~Permit() {
  if (admission_ != nullptr) admission_->Release(demand_, 1);
}

void Permit::ExtractionDone() {
  CHECK(admission_ != nullptr);
  admission_->Release(demand_, 0);
  demand_.work = absl::ZeroDuration();
}

Admission::Admission(const AdmissionLimits& limits, Clock clock, std::function<Standing()> standing,
                     uint64_t seed)
    : limits_(limits),
      clock_(std::move(clock)),
      standing_(std::move(standing)),
      online_{FairShare(limits.requests_max),
              FairShare(Microseconds(limits.queued_work_max * limits.extraction_threads))},
      batch_{FairShare(limits.batch_requests_max),
             FairShare(Microseconds(limits.queued_work_max * limits.batch_threads))},
      random_(seed) {
  CHECK(limits_.extraction_threads >= 1 && limits_.batch_threads >= 1);
  CHECK(limits_.lag_max <= limits_.window);
}

Admission::Lane& Admission::LaneOf(search::Priority priority) {
  return priority == search::Priority::kBatch ? batch_ : online_;
}

absl::StatusOr<Permit> Admission::Admit(const Demand& demand) {
  const Standing standing = standing_();
  const absl::Time now = clock_();
  absl::MutexLock lock(&mu_);
  Remember(now, standing);
  RETURN_IF_ERROR(Check(demand, now, standing));
  Lane& lane = LaneOf(demand.priority);
  lane.requests.Take(demand.client, 1);
  lane.work.Take(demand.client, Microseconds(demand.work));
  return Permit(this, demand);
}

Permit Admission::AdmitStored(const Demand& demand) {
  Demand repeat = demand;
  repeat.work = absl::ZeroDuration();
  absl::MutexLock lock(&mu_);
  LaneOf(repeat.priority).requests.Take(repeat.client, 1);
  return Permit(this, std::move(repeat));
}

absl::Status Admission::Check(const Demand& demand, absl::Time now, const Standing& standing) {
  RETURN_IF_ERROR(CheckRequests(demand));
  RETURN_IF_ERROR(CheckWork(demand));
  if (!demand.appends) return absl::OkStatus();
  RETURN_IF_ERROR(CheckOpen(demand, now, standing));
  return CheckLag(now, standing);
}

absl::Status Admission::CheckRequests(const Demand& demand) {
  const FairShare& mine = LaneOf(demand.priority).requests;
  const int64_t taken = online_.requests.taken() + batch_.requests.taken();
  const bool left = demand.priority == search::Priority::kOnline || taken < limits_.requests_max;
  if (left && mine.Allows(demand.client, 1)) return absl::OkStatus();
  if (mine.taken() < mine.places() && left) {
    return Refuse(
        kRetryMin, "requests of this client in flight", absl::StrCat(mine.HeldBy(demand.client)),
        absl::StrCat("at most ", kFairShare, " times what is free for others, of ", mine.places()));
  }
  return Refuse(kRetryMin, "requests in flight", absl::StrCat(taken),
                absl::StrCat("fewer than ", mine.places()));
}

absl::Status Admission::CheckWork(const Demand& demand) {
  const int64_t work = Microseconds(demand.work);
  if (work == 0) return absl::OkStatus();
  const FairShare& mine = LaneOf(demand.priority).work;
  const int64_t taken = online_.work.taken() + batch_.work.taken();
  const bool left = demand.priority == search::Priority::kOnline || online_.work.taken() == 0 ||
                    taken + work <= online_.work.places();
  if (left && mine.Allows(demand.client, work)) return absl::OkStatus();
  const absl::Duration queued = absl::Microseconds(taken);
  return Refuse(queued / limits_.extraction_threads, "queued extraction work",
                absl::FormatDuration(queued + demand.work),
                absl::StrCat("at most ", absl::FormatDuration(absl::Microseconds(mine.places())),
                             ", shared with other clients"));
}

absl::Status Admission::CheckOpen(const Demand& demand, absl::Time now, const Standing& standing) {
  const Seen& then = seen_.front();
  const absl::Duration age = std::max(now - then.at, limits_.window);
  const double per_second =
      static_cast<double>(standing.decided - std::min(standing.decided, then.standing.decided)) /
      absl::ToDoubleSeconds(age);
  const double recent = per_second * absl::ToDoubleSeconds(limits_.window);
  uint64_t open_max =
      limits_.open_base + static_cast<uint64_t>(std::lround(limits_.open_per_decision * recent));
  if (demand.priority == search::Priority::kBatch) {
    open_max = static_cast<uint64_t>(limits_.batch_open_share * static_cast<double>(open_max));
  }
  if (standing.open <= open_max) return absl::OkStatus();
  const auto beyond = static_cast<double>(standing.open - open_max);
  return Refuse(per_second == 0 ? kRetryMax : absl::Seconds(beyond / per_second), "open enrolments",
                absl::StrCat(standing.open), absl::StrCat("at most ", open_max));
}

absl::Status Admission::CheckLag(absl::Time now, const Standing& standing) {
  // The newest that is old enough: what was appended by then is to be followed by now.
  const Seen* then = nullptr;
  for (const Seen& seen : seen_) {
    if (seen.at <= now - limits_.lag_max) then = &seen;
  }
  if (then == nullptr || standing.followed >= then->standing.head) return absl::OkStatus();
  const double behind = static_cast<double>(Number(standing.head) - Number(standing.followed));
  const double per_second =
      static_cast<double>(Number(standing.followed) - Number(then->standing.followed)) /
      absl::ToDoubleSeconds(now - then->at);
  return Refuse(per_second == 0 ? kRetryMax : absl::Seconds(behind / per_second),
                "entries that the gallery follows", absl::StrCat(Number(standing.followed)),
                absl::StrCat("the ", Number(then->standing.head), " of ",
                             absl::FormatDuration(limits_.lag_max), " ago"));
}

absl::Status Admission::Refuse(absl::Duration drain_time, const std::string& what,
                               const std::string& got, const std::string& want) {
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

void Admission::Remember(absl::Time now, const Standing& standing) {
  while (seen_.size() > 1 && seen_[1].at <= now - limits_.window) seen_.pop_front();
  if (seen_.empty() || now - seen_.back().at >= kSeenSpacing) seen_.push_back({now, standing});
}

void Admission::Release(const Demand& demand, int requests) {
  absl::MutexLock lock(&mu_);
  Lane& lane = LaneOf(demand.priority);
  lane.work.GiveBack(demand.client, Microseconds(demand.work));
  lane.requests.GiveBack(demand.client, requests);
}

}  // namespace distinct::enrolment
