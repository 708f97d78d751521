// How many references a second does voting meet on one core, at each CPU level?
//
// An item is one reference. Bytes: its codes. Operations: pairs of codes. pairs_per_cycle: at the
// AVX-512 level eight pairs cost six instructions of 512 bits (two XOR, two population counts, a
// sum and a minimum), so a core that takes two of them a cycle ends at 8/3, one that takes four at
// 16/3.
#include "matchers/kernels/vote.h"

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/run.h"

namespace distinct::bench {
namespace {

constexpr int kReferenceCodes = 45;  // of a usual print

std::string RandomCodes(size_t count, std::mt19937_64& random) {
  std::string codes;
  while (codes.size() < count * kernels::kCodeBytes) {
    const uint64_t word = random();
    codes.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  return codes;
}

void BM_Vote(benchmark::State& state, kernels::CpuLevel level) {
  std::mt19937_64 random(1);
  const size_t references = Small() ? 2'000 : 200'000;  // 144 MB: beyond the caches
  const std::string codes = RandomCodes(references * kReferenceCodes, random);
  std::vector<std::string_view> views;
  for (size_t i = 0; i < references; ++i) {
    constexpr size_t kBytes = kReferenceCodes * kernels::kCodeBytes;
    views.push_back(std::string_view(codes).substr(i * kBytes, kBytes));
  }
  const kernels::VoteProbe probe(RandomCodes(kernels::kProbeCodesMax, random));
  std::vector<uint16_t> scores(references);
  for (auto _ : state) {
    kernels::VoteAt(level, probe, views, absl::MakeSpan(scores));
    benchmark::DoNotOptimize(scores.data());
  }
  const auto items = static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(references);
  const double pairs = static_cast<double>(probe.count()) * kReferenceCodes;
  Report(state, items, {.bytes = kReferenceCodes * kernels::kCodeBytes, .operations = pairs});
  state.counters["pairs_per_cycle"] = benchmark::Counter(
      pairs * static_cast<double>(items) / CyclesPerSecond(), benchmark::Counter::kIsRate);
}

const bool registered = [] {
  for (const kernels::CpuLevel level : kernels::SupportedLevels()) {
    const std::string name = "vote/" + std::string(kernels::CpuLevelName(level));
    benchmark::RegisterBenchmark(name.c_str(), BM_Vote, level)->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace distinct::bench
