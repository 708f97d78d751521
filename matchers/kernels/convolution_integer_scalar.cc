#include <algorithm>
#include <cmath>

#include "matchers/kernels/convolution_integer_block.h"

namespace distinct::kernels {
namespace {

// Of one pixel, 16 of its channels. Consecutive taps are `step` weight rows apart.
std::array<int32_t, kRowOutputs> Sums(const IntegerConvolution& task, const uint8_t* in,
                                      const WeightRow* weights, int step) {
  std::array<int32_t, kRowOutputs> sums{};
  for (int i = 0; i < task.window.rows; ++i) {
    for (int j = 0; j < task.window.columns; ++j) {
      const uint8_t* pixel = in + i * task.in_row_bytes + j * task.in_pixel_bytes;
      for (int c = 0; c < task.window.channels_in; c += 4, pixel += 4, weights += step) {
        for (size_t o = 0; o < kRowOutputs; ++o) {
          for (size_t k = 0; k < 4; ++k) sums[o] += pixel[k] * weights->values[4 * o + k];
        }
      }
    }
  }
  return sums;
}

void Store(const IntegerConvolution& task, int32_t sum, int64_t out, int o) {
  const float value = std::fma(static_cast<float>(sum), task.scale[o], task.bias[o]);
  if (task.out_floats != nullptr) {
    task.out_floats[out + o] = value;
  } else {
    const float clamped = std::clamp(value, 0.0F, static_cast<float>(kActivationMax));
    task.out[out + o] = static_cast<uint8_t>(std::lrint(clamped));
  }
}

}  // namespace

void ConvolveBlockScalar(const IntegerConvolution& task, const ConvolutionBlock& block) {
  TileWalk<1> walk(task, block);
  Tile<1> tile;
  while (walk.Next(tile)) {
    for (int r = 0; r < block.weight_rows; ++r) {
      const auto sums = Sums(task, tile.in[0], block.weights + r, block.weight_rows);
      const int first = block.first_output + r * kRowOutputs;
      const int end = std::min(first + kRowOutputs, task.window.channels_out);
      for (int o = first; o < end; ++o) {
        Store(task, sums[static_cast<size_t>(o - first)], tile.out[0], o);
      }
    }
  }
}

}  // namespace distinct::kernels
