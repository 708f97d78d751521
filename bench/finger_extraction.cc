// How long does it take from the encoded bytes of one print to its template on one core?
//
// An item is one print of 336 x 384 px, the ten of a generated person in turn. Bytes: of the PNG
// file. Operations: pixels.
#include <benchmark/benchmark.h>

#include <memory>

#include "bench/run.h"
#include "matchers/check.h"
#include "matchers/finger/finger.h"
#include "matchers/image/opencv_setup.h"
#include "tools/synthesis/town.h"

namespace distinct::bench {
namespace {

void BM_Extract(benchmark::State& state) {
  image::SetUpOpenCv();
  const auto prints = synthesis::TownPerson(1, 1).Capture(0);
  const auto modality = finger::CreateFingerModality();
  const auto extractor = modality->NewExtractor();
  size_t next = 0;
  double bytes = 0;
  for (auto _ : state) {
    const auto& print = prints[next++ % prints.size()];
    const auto made = extractor->Extract(
        {.position = print.position, .image = print.png, .dpi = synthesis::kSampleDpi}, nullptr);
    CHECK(made.ok());
    bytes += static_cast<double>(print.png.size());
    benchmark::DoNotOptimize(made->features.bytes.data());
  }
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = bytes / static_cast<double>(state.iterations()),
          .operations = synthesis::kImpressionWidthPx * synthesis::kImpressionHeightPx});
}
BENCHMARK(BM_Extract)->Name("finger_extraction")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace distinct::bench
