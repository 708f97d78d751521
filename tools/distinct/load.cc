#include "tools/distinct/load.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <queue>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "matchers/check.h"
#include "tools/distinct/unary_call.h"

namespace distinct::cli {
namespace {

// Where the server names no time.
constexpr absl::Duration kRetryAfter = absl::Milliseconds(200);

// One request from its due time to its answer. Lives as long as gRPC may write to it.
struct Call {
  uint64_t index = 0;
  absl::Time due;
  v1::EnrolRequest request;
  v1::EnrolResponse response;
  std::unique_ptr<grpc::ClientContext> context;
};

struct Later {
  absl::Time at;
  std::shared_ptr<Call> call;
  bool operator<(const Later& other) const { return at > other.at; }  // the soonest on top
};

class Load {
 public:
  Load(const Client& client, const LoadOptions& options, uint64_t count,
       const RequestSource& source)
      : client_(client), options_(options), source_(source), count_(count) {
    CHECK(options.in_flight_max >= 1);
  }

  LoadReport Run() {
    start_ = absl::Now();
    {
      absl::MutexLock lock(&mu_);
      last_answer_ = start_;
      give_up_ = start_ + options_.patience + (closed() ? options_.duration : OffsetOf(count_));
    }
    while (Step()) {
    }
    absl::MutexLock lock(&mu_);
    given_up_ = true;
    CancelAll();
    const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return in_flight_.empty(); };
    mu_.Await(absl::Condition(&none));
    report_.unanswered = count_ - done_;
    report_.elapsed = last_answer_ - start_;
    return std::move(report_);
  }

 private:
  bool closed() const { return options_.rate_per_s == 0; }
  absl::Duration OffsetOf(uint64_t index) const {
    return closed() ? absl::ZeroDuration()
                    : absl::Seconds(static_cast<double>(index) / options_.rate_per_s);
  }

  // Sends what is due, or waits for what is next. False at the end.
  bool Step() {
    std::shared_ptr<Call> call;
    {
      absl::MutexLock lock(&mu_);
      const absl::Time wake = NextAt();
      const auto ready = [this, wake]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return done_ == count_ || NextAt() < wake;  // something is to be sent again sooner
      };
      mu_.AwaitWithDeadline(absl::Condition(&ready), std::min(wake, give_up_));
      const absl::Time now = absl::Now();
      if (closed() && now - start_ >= options_.duration) count_ = next_;
      if (done_ == count_ || now >= give_up_) return false;
      if (!HasRoom()) {
        const auto room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
          return HasRoom() || done_ == count_;
        };
        mu_.AwaitWithDeadline(absl::Condition(&room), give_up_);
        return true;
      }
      if (NextAt() > now) return true;
      if (!retries_.empty() && retries_.top().at <= now) {
        call = retries_.top().call;
        retries_.pop();
      }
    }
    if (!call) {
      call = std::make_shared<Call>();
      call->index = next_++;
      call->request = source_(call->index);
      call->due = closed() ? absl::Now() : start_ + OffsetOf(call->index);
    }
    Send(std::move(call));
    return true;
  }

  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return in_flight_.size() < static_cast<size_t>(options_.in_flight_max);
  }
  // In a closed loop who was told to come again later brings nobody else meanwhile.
  bool BringsMore() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    const size_t busy = in_flight_.size() + retries_.size();
    return next_ < count_ && (!closed() || busy < static_cast<size_t>(options_.in_flight_max));
  }
  absl::Time NextAt() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    absl::Time at = BringsMore() ? start_ + OffsetOf(next_) : absl::InfiniteFuture();
    if (!retries_.empty()) at = std::min(at, retries_.top().at);
    return at;
  }

  void Send(std::shared_ptr<Call> call) {
    call->context = std::make_unique<grpc::ClientContext>();
    call->context->set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeMax));
    {
      absl::MutexLock lock(&mu_);
      in_flight_.push_back(call);
    }
    Call* const raw = call.get();
    client_.enrolment->async()->Enrol(
        raw->context.get(), &raw->request, &raw->response,
        [this, call](const grpc::Status& status) { Answered(call, FromGrpc(status)); });
  }

  void Answered(const std::shared_ptr<Call>& call, const absl::Status& status) {
    const absl::Time now = absl::Now();
    absl::MutexLock lock(&mu_);
    in_flight_.erase(std::find(in_flight_.begin(), in_flight_.end(), call));
    if (given_up_) return;
    if (!status.ok() && IsRetryable(status)) {
      ++(absl::IsResourceExhausted(status) ? report_.refused : report_.unavailable);
      retries_.push({now + std::max(RetryDelay(status), kRetryAfter), call});
      return;
    }
    ++done_;
    if (!status.ok()) {
      ++report_.errors[absl::StatusCodeToString(status.code())];
      if (report_.first_error.empty()) report_.first_error = std::string(status.message());
      return;
    }
    last_answer_ = now;
    report_.answers.push_back({call->index, std::move(*call->response.mutable_decision()),
                               call->response.timing(), now - call->due});
  }

  void CancelAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    for (const auto& call : in_flight_) call->context->TryCancel();
  }

  const Client& client_;
  const LoadOptions options_;
  const RequestSource& source_;
  absl::Time start_, give_up_;
  uint64_t next_ = 0;  // used by the sending thread alone
  absl::Mutex mu_;
  std::vector<std::shared_ptr<Call>> in_flight_ ABSL_GUARDED_BY(mu_);
  std::priority_queue<Later> retries_ ABSL_GUARDED_BY(mu_);
  uint64_t count_ ABSL_GUARDED_BY(mu_);
  uint64_t done_ ABSL_GUARDED_BY(mu_) = 0;
  bool given_up_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time last_answer_ ABSL_GUARDED_BY(mu_);
  LoadReport report_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

LoadReport RunLoad(const Client& client, const LoadOptions& options, uint64_t count,
                   const RequestSource& source) {
  return Load(client, options, count, source).Run();
}

absl::Duration LatencyAt(const LoadReport& report, double share) {
  std::vector<absl::Duration> latencies;
  for (const LoadAnswer& answer : report.answers) latencies.push_back(answer.latency);
  CHECK(!latencies.empty());
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(latencies.size())));
  const auto at = latencies.begin() + static_cast<std::ptrdiff_t>(std::max<size_t>(rank, 1) - 1);
  std::nth_element(latencies.begin(), at, latencies.end());
  return *at;
}

}  // namespace distinct::cli
