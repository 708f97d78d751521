// How many references a second does the accurate comparison meet with one prepared probe on one
// core, what does preparing cost, and how much dearer is a reference without codes?
//
// An item is one reference, non-mated, as almost all of a search are. Bytes: its template.
// Operations: pairs of minutiae.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/run.h"
#include "matchers/finger/comparison.h"
#include "tools/synthesis/people.h"

namespace distinct::bench {
namespace {

std::string Bytes(const synthesis::People& people, uint64_t person, uint32_t impression) {
  return finger::Serialize(people.Finger(person, Position::kRightIndex, impression));
}

void BM_Compare(benchmark::State& state) {
  const synthesis::People people(1);
  const finger::FingerProbe probe(Bytes(people, 0, 1));
  const int probe_minutiae = finger::TemplateView(Bytes(people, 0, 1)).count();
  std::vector<std::string> references;
  double bytes = 0;
  double pairs = 0;
  const uint64_t count = Small() ? 100 : 20'000;  // about 19 MB, so that memory counts
  for (uint64_t person = 1; person <= count; ++person) {
    references.push_back(Bytes(people, person, 0));
    bytes += static_cast<double>(references.back().size());
    pairs += probe_minutiae * finger::TemplateView(references.back()).count();
  }
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(probe.Compare(references[next]));
    next = next + 1 == references.size() ? 0 : next + 1;
  }
  const auto total = static_cast<double>(references.size());
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = bytes / total, .operations = pairs / total});
}
BENCHMARK(BM_Compare)->Name("finger_comparison/non_mated")->Unit(benchmark::kMicrosecond);

// One to one only, so its reference may stay in the cache.
void BM_CompareWithoutCodes(benchmark::State& state) {
  const synthesis::People people(1);
  const finger::FingerProbe probe(Bytes(people, 0, 1));
  finger::FingerTemplate of_record = people.Finger(1, Position::kRightIndex, 0);
  of_record.has_codes = false;
  const std::string reference = finger::Serialize(of_record);
  for (auto _ : state) benchmark::DoNotOptimize(probe.Compare(reference));
  const auto pairs = static_cast<double>(finger::TemplateView(Bytes(people, 0, 1)).count()) *
                     static_cast<double>(of_record.minutiae.size());
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = static_cast<double>(reference.size()), .operations = pairs});
}
BENCHMARK(BM_CompareWithoutCodes)
    ->Name("finger_comparison/without_codes")
    ->Unit(benchmark::kMicrosecond);

void BM_Prepare(benchmark::State& state) {
  const synthesis::People people(1);
  const std::string bytes = Bytes(people, 0, 1);
  for (auto _ : state) {
    const finger::FingerProbe probe(bytes);
    benchmark::DoNotOptimize(&probe);
  }
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = static_cast<double>(bytes.size()), .operations = 0});
}
BENCHMARK(BM_Prepare)->Name("finger_comparison/prepare")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace distinct::bench
