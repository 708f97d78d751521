// How long does a registry wait for the enrolment of six finger images into a gallery of 10,000
// people, as its gRPC client sees it?
//
// An item is one enrolment: images over loopback, extraction, durable append, search, decision,
// durable decision, answer. The people in the gallery are generated as templates, those enrolled as
// images. Half of the enrolments are of persons enrolled before, so DUPLICATE; the work is the
// same.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/enrol_town.h"
#include "bench/run.h"

namespace distinct::bench {
namespace {

void BM_Enrol(benchmark::State& state) {
  const EnrolTown town(Small() ? 100 : 10'000);
  const auto requests = SixFingerImages(Small() ? 2 : 25);
  std::vector<absl::Duration> latencies;
  v1::Timing sum;
  for (auto _ : state) {
    for (const v1::EnrolRequest& request : requests) {
      const EnrolAnswer answer = Enrol(*town.enrolments, request);
      latencies.push_back(answer.latency);
      sum.set_extract_ms(sum.extract_ms() + answer.timing.extract_ms());
      sum.set_append_ms(sum.append_ms() + answer.timing.append_ms());
      sum.set_search_ms(sum.search_ms() + answer.timing.search_ms());
      sum.set_decide_ms(sum.decide_ms() + answer.timing.decide_ms());
    }
  }
  const auto count = static_cast<double>(latencies.size());
  state.SetItemsProcessed(static_cast<int64_t>(latencies.size()));
  state.counters["p50_ms"] = QuantileMs(latencies, 0.5);
  state.counters["p95_ms"] = QuantileMs(latencies, 0.95);
  state.counters["extract_ms"] = sum.extract_ms() / count;
  state.counters["append_ms"] = sum.append_ms() / count;
  state.counters["search_ms"] = sum.search_ms() / count;
  state.counters["decide_ms"] = sum.decide_ms() / count;
}
// Once: a repeated enrolment is answered from the ledger.
BENCHMARK(BM_Enrol)
    ->Name("enrol_path")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->Repetitions(1)
    ->UseRealTime();

}  // namespace
}  // namespace distinct::bench
