#include "tools/distinct/enrol.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "matchers/status.h"
#include "tools/distinct/ordered_answers.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/wire_json.h"

namespace distinct::cli {
namespace {

// Where the server names no time: doubled from the first to the second.
constexpr absl::Duration kBackoffMin = absl::Milliseconds(100);
constexpr absl::Duration kBackoffMax = absl::Seconds(5);

class EnrolRun {
 public:
  EnrolRun(const Client& client, const EnrolOptions& options, const EntrySource& next_entry,
           const std::function<void(const Json&)>& on_answer)
      : client_(client),
        options_(options),
        next_entry_(next_entry),
        answers_([this, &on_answer](const Json& answer) {
          Count(answer);
          on_answer(answer);
        }),
        last_answer_(absl::Now()) {}

  EnrolSummary Run() {
    std::vector<std::thread> workers;
    for (int i = 0; i < options_.in_flight; ++i) workers.emplace_back([this] { Work(); });
    for (std::thread& worker : workers) worker.join();
    return summary_;
  }

 private:
  void Work() {
    while (true) {
      ManifestEntry entry;
      uint64_t line = 0;
      {
        absl::MutexLock lock(&mu_);
        if (ended_) return;
        std::optional<ManifestEntry> next = next_entry_();
        ended_ = !next.has_value();
        if (ended_) return;
        entry = *std::move(next);
        line = lines_++;
      }
      answers_.WaitForRoom(line);
      Json answer = Answer(entry, line);
      answers_.Put(line, std::move(answer));
    }
  }

  Json Answer(ManifestEntry& entry, uint64_t line) {
    const absl::StatusOr<v1::EnrolResponse> response = EnrolOne(entry);
    Json json;
    if (response.ok()) {
      json = DecisionJson(response->decision());
      json["timing_ms"] = TimingJson(response->timing());
    } else {
      json["enrolment_id"] = entry.request.enrolment_id();
      json["line"] = line + 1;
      json["error"] = ErrorJson(response.status());
    }
    return json;
  }

  absl::StatusOr<v1::EnrolResponse> EnrolOne(ManifestEntry& entry) {
    RETURN_IF_ERROR(entry.status);
    ASSIGN_OR_RETURN(const v1::Biometrics samples, ReadSamples(entry.samples));
    entry.request.mutable_biometrics()->MergeFrom(samples);
    if (options_.batch) entry.request.set_priority(v1::BATCH);
    absl::Duration backoff = kBackoffMin;
    while (true) {
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeMax));
      v1::EnrolResponse response;
      const absl::Status status =
          FromGrpc(client_.enrolment->Enrol(&context, entry.request, &response));
      if (status.ok()) {
        MarkAnswer();
        return response;
      }
      if (!IsRetryable(status)) {
        MarkAnswer();
        return status;
      }
      // A server that sends RetryInfo is busy, not gone.
      const absl::Duration asked = RetryDelay(status);
      if (asked > absl::ZeroDuration()) MarkAnswer();
      if (OutOfPatience()) return status;
      absl::SleepFor(asked > absl::ZeroDuration() ? std::min(asked, kBackoffMax) : backoff);
      backoff = std::min(backoff * 2, kBackoffMax);
    }
  }

  void MarkAnswer() {
    absl::MutexLock lock(&mu_);
    last_answer_ = absl::Now();
  }
  bool OutOfPatience() {
    absl::MutexLock lock(&mu_);
    return absl::Now() - last_answer_ > options_.patience;
  }

  // Called by one thread at a time, as OrderedAnswers promises.
  void Count(const Json& answer) {
    if (answer.contains("error")) {
      ++summary_.errors;
    } else {
      ++summary_.decisions[answer["decision"].get<std::string>()];
    }
  }

  const Client& client_;
  const EnrolOptions options_;
  const EntrySource& next_entry_;
  EnrolSummary summary_;
  OrderedAnswers answers_;
  absl::Mutex mu_;
  uint64_t lines_ ABSL_GUARDED_BY(mu_) = 0;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time last_answer_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

EnrolSummary Enrol(const Client& client, const EnrolOptions& options, const EntrySource& next_entry,
                   const std::function<void(const Json&)>& on_answer) {
  return EnrolRun(client, options, next_entry, on_answer).Run();
}

}  // namespace distinct::cli
