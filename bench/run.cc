#include "bench/run.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <numeric>
#include <string_view>
#include <vector>

#include "matchers/kernels/cpu.h"

namespace distinct::bench {
namespace {

bool small = false;

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Best of several, in time on the CPU: what else runs on the machine only ever slows a loop down.
template <typename Body>
double BestSeconds(int rounds, Body body) {
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < rounds; ++round) {
    const double start = ThreadSeconds();
    body();
    best = std::min(best, ThreadSeconds() - start);
  }
  return best;
}

double MeasureReadBytesPerSecond() {
  // Beyond the last-level cache that one core can use.
  const size_t bytes = size_t{small ? 1U : 256U} << 20;
  const std::vector<uint64_t> memory(bytes / sizeof(uint64_t), 1);
  const double seconds = BestSeconds(
      5, [&] { benchmark::DoNotOptimize(std::accumulate(memory.begin(), memory.end(), 0UL)); });
  return static_cast<double>(bytes) / seconds;
}

double MeasureCyclesPerSecond() {
  const uint64_t additions = small ? 100'000 : 20'000'000;
  const double seconds = BestSeconds(5, [additions] {
    uint64_t sum = 1;
    for (uint64_t i = 0; i < additions; ++i) {
      sum += i;
      benchmark::DoNotOptimize(sum);  // in a register: one dependent addition a cycle
    }
  });
  return static_cast<double>(additions) / seconds;
}

}  // namespace

double ReadBytesPerSecond() {
  static const double measured = MeasureReadBytesPerSecond();
  return measured;
}

double CyclesPerSecond() {
  static const double measured = MeasureCyclesPerSecond();
  return measured;
}

bool Small() { return small; }

void Report(benchmark::State& state, int64_t items, Cost cost) {
  using benchmark::Counter;
  state.SetItemsProcessed(items);
  state.counters["bytes_per_item"] = Counter(cost.bytes, Counter::kAvgThreads);
  state.counters["operations_per_item"] = Counter(cost.operations, Counter::kAvgThreads);
  state.counters["of_read_limit"] =
      Counter(cost.bytes * static_cast<double>(items) / ReadBytesPerSecond(), Counter::kIsRate);
}

int Main(int argc, char** argv) {
  const auto level = kernels::LevelFromEnvironment();
  if (!level.ok()) {
    std::fprintf(stderr, "%s\n", level.status().ToString().c_str());
    return 1;
  }
  char** const end = std::remove_if(argv + 1, argv + argc,
                                    [](const char* a) { return std::strcmp(a, "--small") == 0; });
  small = end != argv + argc;
  argc = static_cast<int>(end - argv);
  benchmark::AddCustomContext("cpu_model", kernels::CpuModelName());
  benchmark::AddCustomContext("cpu_level", std::string(kernels::CpuLevelName(*level)));
  benchmark::AddCustomContext("read_bytes_per_s", std::to_string(ReadBytesPerSecond()));
  benchmark::AddCustomContext("cycles_per_s", std::to_string(CyclesPerSecond()));
  benchmark::AddCustomContext("small", small ? "yes" : "no");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace distinct::bench

int main(int argc, char** argv) { return distinct::bench::Main(argc, argv); }
