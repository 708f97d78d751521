// Convolution of small pictures with many channels: the descriptor network's layers, and, with a
// window of one pixel, its linear layer over a batch.
//
//   out(x, y, o) = bias(o) + sum over i, j, c of in(x stride + j, y stride + i, c) * w(i, j, c, o)
//
// Channels stand innermost. Six output pixels share each weight in registers; every output adds in
// the order i, j, c, so that AVX2 and AVX-512 (both with FMA) agree to the bit and scalar within
// rounding. Measured by bench/finger_extraction.cc.
#pragma once

#include <cstdint>

#include "matchers/kernels/cpu.h"

namespace distinct::kernels {

inline constexpr int kConvolutionPixels = 6;     // out_width is a multiple
inline constexpr int kConvolutionChannels = 16;  // channels_out is a multiple

struct ConvolutionTask {
  const float* in = nullptr;  // padded by the caller; rows of in_row_floats
  int64_t in_row_floats = 0;
  int channels_in = 0;
  const float* weights = nullptr;  // [side][side][channels_in][channels_out]
  const float* bias = nullptr;     // [channels_out]
  int channels_out = 0;
  int side = 0;
  int stride = 1;
  int out_width = 0;
  int out_height = 0;
  float* out = nullptr;  // rows of out_row_floats, so that it may be the inside of a padded picture
  int64_t out_row_floats = 0;
  bool rectify = false;  // negative results become 0
};

// At the active CPU level. REQUIRES: the multiples above.
void Convolve(const ConvolutionTask& task);
void ConvolveAt(CpuLevel level, const ConvolutionTask& task);

void ConvolveScalar(const ConvolutionTask& task);
void ConvolveAvx2(const ConvolutionTask& task);
void ConvolveAvx512(const ConvolutionTask& task);

}  // namespace distinct::kernels
