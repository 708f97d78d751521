// How much longer does somebody at a counter wait while a batch is enrolled and the gallery is
// cross-checked beside?
//
// An item is one online enrolment of six finger images into 10,000 people, one every 100 ms, as a
// gRPC client sees it. Rounds alternate: the server has nothing else to do ("alone"), or four
// callers enrol such images as BATCH, coming again when they are told to, and a cross-check runs
// ("beside"). The target is a p99 of 1.5 times the one alone.
#include <benchmark/benchmark.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "bench/enrol_town.h"
#include "bench/run.h"
#include "matchers/check.h"

namespace distinct::bench {
namespace {

constexpr absl::Duration kPeriod = absl::Milliseconds(100);
constexpr int kBatchCallers = 4;
// What admission asks for at the least.
constexpr absl::Duration kRetry = absl::Seconds(1);

// Batch enrolments and a cross-check, from construction to destruction.
class Batch {
 public:
  Batch(EnrolTown& town, const std::vector<v1::EnrolRequest>& images, const std::string& tag)
      : town_(town) {
    StartCrossCheck();
    for (int i = 0; i < kBatchCallers; ++i) {
      callers_.emplace_back([this, &images, tag, i] {
        for (size_t call = 0; !stop_; ++call) {
          v1::EnrolRequest request =
              images[(call * kBatchCallers + static_cast<size_t>(i)) % images.size()];
          request.set_enrolment_id(tag + std::to_string(i) + "-" + std::to_string(call));
          request.set_priority(v1::BATCH);
          Send(request);
        }
      });
    }
  }
  ~Batch() {
    stop_ = true;
    for (std::thread& caller : callers_) caller.join();
    StopCrossCheck();
  }
  uint64_t enrolled() const { return enrolled_; }

 private:
  void Send(const v1::EnrolRequest& request) {
    while (!stop_) {
      grpc::ClientContext context;
      v1::EnrolResponse response;
      const grpc::Status status = town_.enrolments->Enrol(&context, request, &response);
      if (status.ok()) {
        ++enrolled_;
        return;
      }
      CHECK(status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
      absl::SleepFor(kRetry);
    }
  }
  void StartCrossCheck() {
    v1::StartCrossCheckRequest start;
    start.set_job("beside");
    v1::StartCrossCheckResponse started;
    grpc::ClientContext context;
    CHECK(town_.gallery->StartCrossCheck(&context, start, &started).ok());
  }
  // And waits until it stands; its next start resumes it.
  void StopCrossCheck() {
    v1::StopCrossCheckRequest stop;
    stop.set_job("beside");
    v1::StopCrossCheckResponse stopped;
    grpc::ClientContext context;
    CHECK(town_.gallery->StopCrossCheck(&context, stop, &stopped).ok());
    v1::WatchCrossCheckRequest watch;
    watch.set_job("beside");
    grpc::ClientContext watch_context;
    const auto progress = town_.gallery->WatchCrossCheck(&watch_context, watch);
    v1::CrossCheckProgress last;
    while (progress->Read(&last)) {
    }
  }

  EnrolTown& town_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> enrolled_{0};
  std::vector<std::thread> callers_;
};

// Online enrolments at a steady rate; a call that takes longer delays the next.
void EnrolOnline(EnrolTown& town, const std::vector<v1::EnrolRequest>& images, int calls,
                 const std::string& tag, std::vector<absl::Duration>& latencies) {
  absl::Time due = absl::Now();
  for (int call = 0; call < calls; ++call) {
    v1::EnrolRequest request = images[static_cast<size_t>(call) % images.size()];
    request.set_enrolment_id(tag + std::to_string(call));
    absl::SleepFor(due - absl::Now());
    latencies.push_back(Enrol(*town.enrolments, request).latency);
    due = std::max(due + kPeriod, absl::Now());
  }
}

v1::GetStatusResponse StatusOf(EnrolTown& town) {
  grpc::ClientContext context;
  v1::GetStatusResponse status;
  CHECK(town.gallery->GetStatus(&context, {}, &status).ok());
  return status;
}

void BM_Priorities(benchmark::State& state) {
  EnrolTown town(Small() ? 100 : 10'000);
  // The batch has people of its own: one who comes at both at one time is decided in their order,
  // whatever the priority.
  const auto images = SixFingerImages(Small() ? 2 : 25);
  const auto others = SixFingerImages(Small() ? 2 : 25, 25);
  const int rounds = Small() ? 1 : 8;
  const int calls = Small() ? 3 : 50;
  std::vector<absl::Duration> warm, alone, beside;
  EnrolOnline(town, images, calls, "warm-", warm);
  uint64_t batch_enrolled = 0;
  for (auto _ : state) {
    for (int round = 0; round < rounds; ++round) {
      const std::string number = std::to_string(round) + "-";
      EnrolOnline(town, images, calls, "alone-" + number, alone);
      Batch batch(town, others, "batch-" + number);
      EnrolOnline(town, images, calls, "beside-" + number, beside);
      batch_enrolled += batch.enrolled();
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(alone.size() + beside.size()));
  state.counters["alone_p50_ms"] = QuantileMs(alone, 0.5);
  state.counters["alone_p99_ms"] = QuantileMs(alone, 0.99);
  state.counters["beside_p50_ms"] = QuantileMs(beside, 0.5);
  state.counters["beside_p99_ms"] = QuantileMs(beside, 0.99);
  state.counters["p99_ratio"] = QuantileMs(beside, 0.99) / QuantileMs(alone, 0.99);
  state.counters["batch_enrolled"] = static_cast<double>(batch_enrolled);
  state.counters["refused_online"] = static_cast<double>(StatusOf(town).load().refused_online());
}
BENCHMARK(BM_Priorities)
    ->Name("priorities")
    ->Unit(benchmark::kSecond)
    ->Iterations(1)
    ->Repetitions(1)
    ->UseRealTime();

}  // namespace
}  // namespace distinct::bench
