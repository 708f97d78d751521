// Exact convolution of pictures with many channels: the layers of our networks in integers.
//
//   sum(x, y, o) = sum over i, j, c of in(x stride + j, y stride + i, c) * w(i, j, c, o)
//   out(x, y, o) = sum * scale(o) + bias(o): as float, or rounded and clamped to 0..127
//
// Activations are 0..127 and weights -127..127: a pair of products fits 16 bits, so VPMADDUBSW
// (AVX2) is as exact as VPDPBUSD (AVX-512 VNNI). The last line is one fused multiply-add at every
// level, then round to nearest even: all levels agree to the bit. Channels stand innermost. Six
// output pixels share each weight in registers. Measured by bench/convolution_integer.cc.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "matchers/kernels/cpu.h"

namespace distinct::kernels {

inline constexpr int kActivationMax = 127;
inline constexpr int kRowOutputs = 16;  // of a WeightRow

// Weights from four neighbouring bytes of a pixel to 16 output channels: [output][byte].
struct alignas(64) WeightRow {
  std::array<int8_t, 64> values{};
};

// The window of a convolution, as the kernel walks through it. Where a picture has few channels and
// no gaps between its pixels (channels_in == in_pixel_bytes), a row of the window is contiguous:
// it may be given as one column of columns * channels_in channels, rounded up to a multiple of 4
// with weights of zero. So a first layer with one channel needs no padding to four.
struct Window {
  int rows = 1;
  int columns = 1;
  int channels_in = 0;  // a multiple of 4
  int channels_out = 0;
};

// Into the order in which the kernel reads: by blocks of up to 64 outputs, in a block by row,
// column, four inputs, 16 outputs. `weights`: [row][column][channel in][channel out].
std::vector<WeightRow> PackWeights(const Window& window, absl::Span<const int8_t> weights);

struct IntegerConvolution {
  const uint8_t* in = nullptr;  // top left of the first window: the caller has padded the picture
  int64_t in_row_bytes = 0;
  int64_t in_pixel_bytes = 0;
  Window window;
  int stride = 1;
  const WeightRow* weights = nullptr;  // PackWeights()
  const float* scale = nullptr;        // [channels_out, rounded up to a multiple of 16]
  const float* bias = nullptr;         // the same
  int out_width = 0;
  int out_height = 0;
  // One of the two. Bytes may go to some channels of a wider picture, and inside its border;
  // floats are [y][x][channels_out]. Neither may overlap `in`.
  uint8_t* out = nullptr;
  int64_t out_row_bytes = 0;
  int64_t out_pixel_bytes = 0;
  float* out_floats = nullptr;
};

// At the active CPU level. REQUIRES: in <= 127; columns * rows * channels_in at most 133,000, so
// that sums fit 32 bits.
void ConvolveIntegers(const IntegerConvolution& task);
void ConvolveIntegersAt(CpuLevel level, const IntegerConvolution& task);

}  // namespace distinct::kernels
