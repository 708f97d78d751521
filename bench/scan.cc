// How quickly does the vector stage go through a gallery, and what do two cores bring?
//
// An item is one reference vector met by one probe vector. Bytes: the vector. Operations: its
// dimensions, a multiplication and an addition each. speed_up: two shards one after the other on
// one core against both at once on two, in the same iterations.
#include <benchmark/benchmark.h>

#include <chrono>
#include <thread>
#include <vector>

#include "bench/people_gallery.h"
#include "bench/run.h"
#include "bench/six_fingers.h"
#include "engine/gallery/shard.h"
#include "matchers/check.h"

namespace distinct::bench {
namespace {

constexpr size_t kNearest = 500;  // as CascadeBudgets::vector_persons_min

struct Probe {
  std::vector<std::vector<int8_t>> vectors;
  gallery::ScanRequest request;
};

Probe ProbeOf(const PeopleGallery& town, uint64_t persons) {
  Probe probe;
  const auto templates = SixFingers(town.people, persons / 2, 1);
  probe.request.visibility.upto = Ticket{persons + 1};
  probe.request.visibility.as_of = Ticket{persons + 1};
  for (const Template& features : templates) {
    probe.vectors.push_back(town.modalities.For(features.position)->Vector(features.bytes));
  }
  for (size_t i = 0; i < templates.size(); ++i) {
    probe.request.probes.push_back(
        {.reference = templates[i].position, .vector = probe.vectors[i], .nearest_max = kNearest});
  }
  return probe;
}

double Seconds(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void BM_Scan(benchmark::State& state) {
  const uint64_t persons = Small() ? 500 : 20'000;
  const PeopleGallery town(persons, Fingers::kSix);
  const Probe probe = ProbeOf(town, persons);
  const auto scan = [&](size_t shard) {
    CHECK(town.gallery->shards()[shard]->Scan(probe.request).ok());
  };
  double one_core = 0;
  double two_cores = 0;
  for (auto _ : state) {
    const auto first = std::chrono::steady_clock::now();
    scan(0);
    scan(1);
    one_core += Seconds(first);
    state.SetIterationTime(Seconds(first));
    const auto second = std::chrono::steady_clock::now();
    std::thread other(scan, size_t{1});
    scan(0);
    other.join();
    two_cores += Seconds(second);
  }
  const auto vectors = static_cast<int64_t>(persons * probe.vectors.size());
  const auto dimensions = static_cast<double>(probe.vectors.front().size());
  Report(state, static_cast<int64_t>(state.iterations()) * vectors,
         {.bytes = dimensions, .operations = dimensions});
  state.counters["speed_up"] = one_core / two_cores;
}
BENCHMARK(BM_Scan)->Name("scan")->Unit(benchmark::kMillisecond)->UseManualTime();

}  // namespace
}  // namespace distinct::bench
