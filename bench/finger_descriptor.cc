// How long do the descriptors of one print take on one core?
//
// An item is the 45 patches of a usual print through the network, whose weights are read once an
// item. Bytes: of the patches and weights. Operations: multiply-adds.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "bench/run.h"
#include "matchers/finger/descriptor.h"

namespace distinct::bench {
namespace {

constexpr size_t kPatches = 45;
constexpr double kPatchMacs = 13.5e6;    // matchers/finger/WEIGHTS.md
constexpr double kWeightBytes = 0.79e6;  // the same

void BM_Describe(benchmark::State& state) {
  std::mt19937 random(1);
  std::vector<finger::Patch> patches(kPatches);
  for (finger::Patch& patch : patches) {
    for (int8_t& v : patch) v = static_cast<int8_t>(static_cast<int>(random() % 241) - 120);
  }
  finger::DescriptorNetwork network;
  for (auto _ : state) benchmark::DoNotOptimize(network.Describe(patches));
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = kPatches * sizeof(finger::Patch) + kWeightBytes,
          .operations = kPatches * kPatchMacs});
}
BENCHMARK(BM_Describe)->Name("finger_descriptor")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace distinct::bench
