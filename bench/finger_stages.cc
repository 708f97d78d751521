// Where does the extraction of one print spend its time on one core?
//
// An item is a print of 500 x 500 px (context, minutiae) or its 45 patches (patches, descriptors).
// Bytes: of the picture, the patches, the weights. Operations: pixels of the context and patches,
// multiply-adds of the networks.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "bench/run.h"
#include "matchers/finger/context.h"
#include "matchers/finger/descriptor.h"
#include "matchers/finger/minutia_network.h"
#include "matchers/image/opencv_setup.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"

namespace distinct::bench {
namespace {

constexpr int kSidePx = 500;
constexpr size_t kPatches = 45;
constexpr double kContextPx = kSidePx * kSidePx / 4.0;
constexpr double kMinutiaMacsPerPx = 11'100;  // matchers/finger/WEIGHTS.md
constexpr double kMinutiaWeightBytes = 0.21e6;
constexpr double kPatchMacs = 13.5e6;
constexpr double kWeightBytes = 0.81e6;

// A generated print in the middle of a larger window.
cv::Mat1b Print() {
  image::SetUpOpenCv();
  auto print = synthesis::MakeImpression(synthesis::MakeMaster({1, 1, Position::kRightIndex}), 0,
                                         synthesis::Severity{});
  const cv::Mat1b grey(synthesis::kImpressionHeightPx, synthesis::kImpressionWidthPx,
                       print.grey.data());
  cv::Mat1b out(kSidePx, kSidePx, uint8_t{255});
  grey.copyTo(out(cv::Rect({80, 60}, grey.size())));
  return out;
}

void BM_Context(benchmark::State& state) {
  const cv::Mat1b print = Print();
  finger::ContextMaker maker;
  for (auto _ : state) benchmark::DoNotOptimize(maker.Make(print).data);
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = kSidePx * kSidePx, .operations = kContextPx});
}
BENCHMARK(BM_Context)->Name("finger_context")->Unit(benchmark::kMillisecond);

void BM_Minutiae(benchmark::State& state) {
  finger::ContextMaker maker;
  const cv::Mat_<int8_t>& context = maker.Make(Print());
  finger::MinutiaNetwork network;
  for (auto _ : state) benchmark::DoNotOptimize(network.Find(context, 0.1F).minutiae.data());
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = kContextPx + kMinutiaWeightBytes, .operations = kContextPx * kMinutiaMacsPerPx});
}
BENCHMARK(BM_Minutiae)->Name("finger_minutiae")->Unit(benchmark::kMillisecond);

void BM_Patches(benchmark::State& state) {
  finger::ContextMaker maker;
  const cv::Mat_<int8_t>& context = maker.Make(Print());
  finger::Minutia middle;
  middle.x_px = middle.y_px = kSidePx / 2.0F;
  middle.direction_rad = 0.7F;
  for (auto _ : state) {
    for (size_t i = 0; i < kPatches; ++i) {
      benchmark::DoNotOptimize(finger::CutPatch(context, middle));
    }
  }
  Report(
      state, static_cast<int64_t>(state.iterations()),
      {.bytes = kPatches * sizeof(finger::Patch), .operations = kPatches * sizeof(finger::Patch)});
}
BENCHMARK(BM_Patches)->Name("finger_patches")->Unit(benchmark::kMillisecond);

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
BENCHMARK(BM_Describe)->Name("finger_descriptors")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace distinct::bench
