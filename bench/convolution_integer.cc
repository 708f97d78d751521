// How many multiply-adds a second does the integer convolution reach on one core, by layer and CPU
// level?
//
// An item is one picture through one layer: those of the descriptor network (its linear one for 45
// patches), then some of a network over a whole print. Bytes: weights, input and output.
// Operations: multiply-adds. macs_per_cycle: a VPDPBUSD of 512 bits has 64, so a core that takes
// one a cycle ends at 64, one that takes two at 128; avx2 needs two multiplications of 256 bits for
// 32, so two a cycle end at 32.
#include "matchers/kernels/convolution_integer.h"

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "bench/run.h"

namespace distinct::bench {
namespace {

struct Shape {
  const char* name;
  kernels::Window window;
  int stride, in_pixel_bytes, out_width, out_height;
};

constexpr Shape kShapes[] = {
    {"5x5_1_16_half", {5, 1, 8, 16}, 2, 1, 24, 24},
    {"3x3_16_32_half", {3, 3, 16, 32}, 2, 16, 12, 12},
    {"3x3_32_48", {3, 3, 32, 48}, 1, 32, 12, 12},
    {"3x3_48_64", {3, 3, 48, 64}, 1, 48, 12, 12},
    {"3x3_64_96_half", {3, 3, 64, 96}, 2, 64, 6, 6},
    {"3x3_96_128", {3, 3, 96, 128}, 1, 96, 6, 6},
    {"linear_4608_128_45", {1, 1, 4608, 128}, 1, 4608, 45, 1},
    {"print_3x3_1_16", {3, 1, 4, 16}, 1, 1, 256, 256},
    {"print_3x3_16_32_half", {3, 3, 16, 32}, 2, 16, 128, 128},
    {"print_3x3_48_48", {3, 3, 48, 48}, 1, 48, 64, 64},
    {"print_3x3_96_48", {3, 3, 96, 48}, 1, 96, 128, 128},
};

void BM_Convolve(benchmark::State& state, kernels::CpuLevel level, const Shape& shape) {
  std::mt19937 random(1);
  const kernels::Window& window = shape.window;
  const int64_t row_bytes =
      int64_t{(shape.out_width - 1) * shape.stride + 5} * shape.in_pixel_bytes;
  const int64_t in_rows = int64_t{shape.out_height - 1} * shape.stride + window.rows;
  std::vector<uint8_t> in(static_cast<size_t>(row_bytes * in_rows) + 8);
  for (uint8_t& v : in) v = static_cast<uint8_t>(random() % 128);
  const int taps = window.rows * window.columns * window.channels_in;
  std::vector<int8_t> weights(static_cast<size_t>(taps * window.channels_out));
  for (int8_t& v : weights) v = static_cast<int8_t>(static_cast<int>(random() % 255) - 127);
  const std::vector<kernels::WeightRow> packed = kernels::PackWeights(window, weights);
  const std::vector<float> scale(static_cast<size_t>(window.channels_out), 1e-4F);
  const std::vector<float> bias(scale.size(), 64);
  const int64_t pixels = int64_t{shape.out_width} * shape.out_height;
  std::vector<uint8_t> out(static_cast<size_t>(pixels * window.channels_out));
  const kernels::IntegerConvolution task = {
      .in = in.data(),
      .in_row_bytes = row_bytes,
      .in_pixel_bytes = shape.in_pixel_bytes,
      .window = window,
      .stride = shape.stride,
      .weights = packed.data(),
      .scale = scale.data(),
      .bias = bias.data(),
      .out_width = shape.out_width,
      .out_height = shape.out_height,
      .out = out.data(),
      .out_row_bytes = int64_t{shape.out_width} * window.channels_out,
      .out_pixel_bytes = window.channels_out};
  for (auto _ : state) {
    kernels::ConvolveIntegersAt(level, task);
    benchmark::DoNotOptimize(out.data());
  }
  const double macs = static_cast<double>(pixels) * taps * window.channels_out;
  const double bytes = static_cast<double>(in.size() + weights.size() + out.size());
  const auto items = static_cast<int64_t>(state.iterations());
  Report(state, items, {.bytes = bytes, .operations = macs});
  const double total = macs * static_cast<double>(items);
  state.counters["macs_per_s"] = benchmark::Counter(total, benchmark::Counter::kIsRate);
  state.counters["macs_per_cycle"] =
      benchmark::Counter(total / CyclesPerSecond(), benchmark::Counter::kIsRate);
}

const bool registered = [] {
  for (const Shape& shape : kShapes) {
    for (const kernels::CpuLevel level : kernels::SupportedLevels()) {
      const std::string name = std::string("convolution_integer/") + shape.name + "/" +
                               std::string(kernels::CpuLevelName(level));
      benchmark::RegisterBenchmark(name.c_str(), BM_Convolve, level, shape)
          ->Unit(benchmark::kMicrosecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace distinct::bench
