// How long does it take from the encoded bytes of one print to grey pixels?
//
// An item is one picture. Bytes: of the encoded file. Operations: pixels.
#include "matchers/image/decode.h"

#include <benchmark/benchmark.h>

#include <string>

#include "bench/run.h"
#include "matchers/check.h"
#include "tools/synthesis/town.h"

namespace distinct::bench {
namespace {

std::string Pgm(const image::GreyImage& picture) {
  std::string file = "P5\n" + std::to_string(picture.width_px) + " " +
                     std::to_string(picture.height_px) + "\n255\n";
  return file.append(picture.pixels.begin(), picture.pixels.end());
}

const std::string& PrintPng() {
  static const std::string png = synthesis::TownPerson(1, 1).Capture(0).front().png;
  return png;
}

void Decode(benchmark::State& state, const std::string& file) {
  int64_t pixels = 0;
  for (auto _ : state) {
    const auto picture = image::DecodeGrey(file);
    CHECK(picture.ok());
    pixels = static_cast<int64_t>(picture->pixels.size());
    benchmark::DoNotOptimize(picture->pixels.data());
  }
  Report(state, static_cast<int64_t>(state.iterations()),
         {.bytes = static_cast<double>(file.size()), .operations = static_cast<double>(pixels)});
}

void BM_DecodePng(benchmark::State& state) { Decode(state, PrintPng()); }
void BM_DecodePgm(benchmark::State& state) {
  const auto picture = image::DecodeGrey(PrintPng());
  CHECK(picture.ok());
  Decode(state, Pgm(*picture));
}
BENCHMARK(BM_DecodePng)->Name("decode/png")->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_DecodePgm)->Name("decode/pgm")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace distinct::bench
