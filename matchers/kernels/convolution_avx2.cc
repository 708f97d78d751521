#include <immintrin.h>

#include "matchers/kernels/convolution.h"

namespace distinct::kernels {
namespace {

// Six output pixels side by side, kRegisters times 8 of their channels.
template <int kRegisters>
__attribute__((target("avx2,fma"))) void SixPixels(const ConvolutionTask& task, const float* in,
                                                   const float* weights, const float* bias,
                                                   float* out) {
  __m256 sum[kConvolutionPixels][kRegisters];
#pragma GCC unroll 8
  for (int p = 0; p < kConvolutionPixels; ++p) {
#pragma GCC unroll 8
    for (int r = 0; r < kRegisters; ++r) sum[p][r] = _mm256_loadu_ps(bias + 8 * r);
  }
  const int64_t pixel_floats = int64_t{task.stride} * task.channels_in;
  for (int i = 0; i < task.side; ++i) {
    const float* row = in + i * task.in_row_floats;
    for (int64_t k = 0; k < int64_t{task.side} * task.channels_in; ++k) {
      __m256 w[kRegisters];
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) w[r] = _mm256_loadu_ps(weights + 8 * r);
#pragma GCC unroll 8
      for (int p = 0; p < kConvolutionPixels; ++p) {
        const __m256 value = _mm256_set1_ps(row[p * pixel_floats + k]);
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) sum[p][r] = _mm256_fmadd_ps(value, w[r], sum[p][r]);
      }
      weights += task.channels_out;
    }
  }
  const __m256 least = task.rectify ? _mm256_setzero_ps() : _mm256_set1_ps(-1e30F);
#pragma GCC unroll 8
  for (int p = 0; p < kConvolutionPixels; ++p) {
#pragma GCC unroll 8
    for (int r = 0; r < kRegisters; ++r) {
      _mm256_storeu_ps(out + p * task.channels_out + 8 * r, _mm256_max_ps(sum[p][r], least));
    }
  }
}

}  // namespace

__attribute__((target("avx2,fma"))) void ConvolveAvx2(const ConvolutionTask& task) {
  for (int y = 0; y < task.out_height; ++y) {
    for (int x = 0; x < task.out_width; x += kConvolutionPixels) {
      const float* in = task.in + y * task.stride * task.in_row_floats +
                        int64_t{x} * task.stride * task.channels_in;
      float* out = task.out + y * task.out_row_floats + int64_t{x} * task.channels_out;
      // Two registers a pixel: 12 sums, 2 weights and a value fill 15 of 16.
      for (int o = 0; o < task.channels_out; o += 16) {
        SixPixels<2>(task, in, task.weights + o, task.bias + o, out + o);
      }
    }
  }
}

}  // namespace distinct::kernels
