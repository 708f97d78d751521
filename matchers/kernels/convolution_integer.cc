#include "matchers/kernels/convolution_integer.h"

#include <algorithm>

#include "matchers/check.h"
#include "matchers/kernels/convolution_integer_block.h"

namespace distinct::kernels {
namespace {

using BlockFunction = void (*)(const IntegerConvolution&, const ConvolutionBlock&);
constexpr PerLevel<BlockFunction> kConvolveBlock = {ConvolveBlockScalar, ConvolveBlockAvx2,
                                                    ConvolveBlockAvx512};
constexpr int kBlockRows = 4;      // weight rows of a block: 64 outputs
constexpr int kBandPixels = 192;   // that meet a block's weights before the next block's come
constexpr int kTapsMax = 133'000;  // 127 * 127 * 133,000 < 2^31

}  // namespace

std::vector<WeightRow> PackWeights(const Window& window, absl::Span<const int8_t> weights) {
  const int taps = window.rows * window.columns * window.channels_in;
  const int outputs = window.channels_out;
  CHECK(window.channels_in % 4 == 0);
  CHECK(static_cast<int64_t>(weights.size()) == int64_t{taps} * outputs);
  const int row_count = (outputs + kRowOutputs - 1) / kRowOutputs;
  std::vector<WeightRow> packed;
  packed.reserve(static_cast<size_t>(taps / 4 * row_count));
  for (int first = 0; first < row_count; first += kBlockRows) {
    for (int tap = 0; tap < taps; tap += 4) {
      for (int r = first; r < std::min(first + kBlockRows, row_count); ++r) {
        WeightRow& row = packed.emplace_back();
        for (int i = 0; i < kRowOutputs * 4; ++i) {
          const int o = r * kRowOutputs + i / 4;
          if (o >= outputs) continue;
          row.values[static_cast<size_t>(i)] =
              weights[static_cast<size_t>(int64_t{tap + i % 4} * outputs + o)];
        }
      }
    }
  }
  return packed;
}

void ConvolveIntegersAt(CpuLevel level, const IntegerConvolution& task) {
  IntegerConvolution flat = task;
  Window& window = flat.window;
  CHECK(window.channels_in % 4 == 0);
  CHECK(window.rows * window.columns * window.channels_in <= kTapsMax);
  CHECK((task.out == nullptr) != (task.out_floats == nullptr));
  const int steps = window.rows * window.columns * window.channels_in / 4;
  if (window.channels_in == task.in_pixel_bytes) {  // a row of the window has no gaps: one loop
    window.channels_in *= window.columns;
    window.columns = 1;
  }
  const BlockFunction convolve = kConvolveBlock.At(level);
  const int weight_rows = (window.channels_out + kRowOutputs - 1) / kRowOutputs;
  const int band = std::max(1, kBandPixels / task.out_width);
  for (int y = 0; y < task.out_height; y += band) {
    for (int r = 0; r < weight_rows; r += kBlockRows) {
      convolve(flat, {.weights = task.weights + int64_t{steps} * r,
                      .weight_rows = std::min(kBlockRows, weight_rows - r),
                      .first_output = r * kRowOutputs,
                      .first_y = y,
                      .end_y = std::min(y + band, task.out_height)});
    }
  }
}

void ConvolveIntegers(const IntegerConvolution& task) { ConvolveIntegersAt(ActiveLevel(), task); }

}  // namespace distinct::kernels
