#include <immintrin.h>

#include "matchers/kernels/oriented_filter.h"

namespace distinct::kernels {
namespace {

__attribute__((target("avx2,fma"))) float SumOf(__m256 v) {
  const __m128 low = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 pairs = _mm_add_ps(low, _mm_movehl_ps(low, low));
  return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
}

__attribute__((target("avx2,fma"))) float OnePixel(const float* in, int64_t stride,
                                                   const float* kernel) {
  __m256 a = _mm256_setzero_ps();
  __m256 b = _mm256_setzero_ps();
  __m256 c = _mm256_setzero_ps();
  for (int i = 0; i < kOrientedRows; ++i) {
    a = _mm256_fmadd_ps(_mm256_loadu_ps(in), _mm256_loadu_ps(kernel), a);
    b = _mm256_fmadd_ps(_mm256_loadu_ps(in + 8), _mm256_loadu_ps(kernel + 8), b);
    c = _mm256_fmadd_ps(_mm256_loadu_ps(in + 16), _mm256_loadu_ps(kernel + 16), c);
    in += stride;
    kernel += kOrientedColumns;
  }
  return SumOf(_mm256_add_ps(_mm256_add_ps(a, b), c));
}

}  // namespace

__attribute__((target("avx2,fma"))) void FilterOrientedAvx2(const OrientedFilterTask& task) {
  for (int y = 0; y < task.height_px; ++y) {
    for (int x = 0; x < task.width_px; ++x) {
      const auto at = static_cast<int64_t>(y) * task.width_px + x;
      const uint16_t index = task.kernel_index[at];
      if (index == kNoKernel) {
        task.out[at] = 0;
        continue;
      }
      task.out[at] =
          OnePixel(task.in + static_cast<int64_t>(y - kOrientedBefore) * task.in_stride + x -
                       kOrientedBefore,
                   task.in_stride, task.bank + static_cast<int64_t>(index) * kOrientedFloats);
    }
  }
}

}  // namespace distinct::kernels
