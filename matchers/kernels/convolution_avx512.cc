#include <immintrin.h>

#include "matchers/kernels/convolution.h"

namespace distinct::kernels {
namespace {

// Six output pixels side by side, kRegisters times 16 of their channels.
template <int kRegisters>
__attribute__((target("avx512f,avx512vl,avx2,fma"))) void SixPixels(const ConvolutionTask& task,
                                                                    const float* in,
                                                                    const float* weights,
                                                                    const float* bias, float* out) {
  __m512 sum[kConvolutionPixels][kRegisters];
#pragma GCC unroll 8
  for (int p = 0; p < kConvolutionPixels; ++p) {
#pragma GCC unroll 8
    for (int r = 0; r < kRegisters; ++r) sum[p][r] = _mm512_loadu_ps(bias + 16 * r);
  }
  const int64_t pixel_floats = int64_t{task.stride} * task.channels_in;
  for (int i = 0; i < task.side; ++i) {
    const float* row = in + i * task.in_row_floats;
    for (int64_t k = 0; k < int64_t{task.side} * task.channels_in; ++k) {
      __m512 w[kRegisters];
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) w[r] = _mm512_loadu_ps(weights + 16 * r);
#pragma GCC unroll 8
      for (int p = 0; p < kConvolutionPixels; ++p) {
        const __m512 value = _mm512_set1_ps(row[p * pixel_floats + k]);
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) sum[p][r] = _mm512_fmadd_ps(value, w[r], sum[p][r]);
      }
      weights += task.channels_out;
    }
  }
  const __m512 least = task.rectify ? _mm512_setzero_ps() : _mm512_set1_ps(-1e30F);
#pragma GCC unroll 8
  for (int p = 0; p < kConvolutionPixels; ++p) {
#pragma GCC unroll 8
    for (int r = 0; r < kRegisters; ++r) {
      _mm512_storeu_ps(out + p * task.channels_out + 16 * r,
                       _mm512_maskz_max_ps(0xFFFF, sum[p][r], least));
    }
  }
}

}  // namespace

__attribute__((target("avx512f,avx512vl,avx2,fma"))) void ConvolveAvx512(
    const ConvolutionTask& task) {
  for (int y = 0; y < task.out_height; ++y) {
    for (int x = 0; x < task.out_width; x += kConvolutionPixels) {
      const float* in = task.in + y * task.stride * task.in_row_floats +
                        int64_t{x} * task.stride * task.channels_in;
      float* out = task.out + y * task.out_row_floats + int64_t{x} * task.channels_out;
      int o = 0;
      // Four registers a pixel: 24 sums, 4 weights and a value fill 29 of 32.
      for (; o + 64 <= task.channels_out; o += 64) {
        SixPixels<4>(task, in, task.weights + o, task.bias + o, out + o);
      }
      const int left = (task.channels_out - o) / 16;
      if (left == 3) SixPixels<3>(task, in, task.weights + o, task.bias + o, out + o);
      if (left == 2) SixPixels<2>(task, in, task.weights + o, task.bias + o, out + o);
      if (left == 1) SixPixels<1>(task, in, task.weights + o, task.bias + o, out + o);
    }
  }
}

}  // namespace distinct::kernels
