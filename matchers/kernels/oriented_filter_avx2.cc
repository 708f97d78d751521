#include <immintrin.h>

#include <algorithm>

#include "matchers/kernels/oriented_filter.h"

namespace distinct::kernels {
namespace {

__attribute__((target("avx2,fma"))) float SumOf(__m256 v) {
  const __m128 low = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 pairs = _mm_add_ps(low, _mm_movehl_ps(low, low));
  return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
}

__attribute__((target("avx2,fma"))) void FourPixels(const float* in, int64_t stride,
                                                    const float* kernel, float* out) {
  __m256 sum0 = _mm256_setzero_ps();
  __m256 sum1 = _mm256_setzero_ps();
  __m256 sum2 = _mm256_setzero_ps();
  __m256 sum3 = _mm256_setzero_ps();
  for (int i = 0; i < kOrientedRows; ++i) {
    for (int part = 0; part < kOrientedColumns; part += 8) {
      const __m256 k = _mm256_loadu_ps(kernel + part);
      sum0 = _mm256_fmadd_ps(_mm256_loadu_ps(in + part), k, sum0);
      sum1 = _mm256_fmadd_ps(_mm256_loadu_ps(in + part + 1), k, sum1);
      sum2 = _mm256_fmadd_ps(_mm256_loadu_ps(in + part + 2), k, sum2);
      sum3 = _mm256_fmadd_ps(_mm256_loadu_ps(in + part + 3), k, sum3);
    }
    in += stride;
    kernel += kOrientedColumns;
  }
  out[0] = SumOf(sum0);
  out[1] = SumOf(sum1);
  out[2] = SumOf(sum2);
  out[3] = SumOf(sum3);
}

}  // namespace

__attribute__((target("avx2,fma"))) void FilterOrientedAvx2(const OrientedFilterTask& task) {
  const int64_t width = int64_t{task.cells_x} * kOrientedCellPx;
  for (int64_t cy = 0; cy < task.cells_y; ++cy) {
    for (int64_t cx = 0; cx < task.cells_x; ++cx) {
      const uint16_t index = task.kernel_index[cy * task.cells_x + cx];
      for (int64_t row = 0; row < kOrientedCellPx; ++row) {
        const int64_t y = cy * kOrientedCellPx + row;
        const int64_t x = cx * kOrientedCellPx;
        float* out = task.out + y * width + x;
        if (index == kNoKernel) {
          std::fill_n(out, kOrientedCellPx, 0.0F);
        } else {
          FourPixels(task.in + (y - kOrientedBefore) * task.in_stride + x - kOrientedBefore,
                     task.in_stride, task.bank + int64_t{index} * kOrientedFloats, out);
        }
      }
    }
  }
}

}  // namespace distinct::kernels
