#include <immintrin.h>

#include "matchers/kernels/oriented_filter.h"

namespace distinct::kernels {
namespace {

__attribute__((target("avx512f,avx512vl,avx2,fma"))) float OnePixel(const float* in, int64_t stride,
                                                                    const float* kernel) {
  __m512 a = _mm512_setzero_ps();
  __m256 b = _mm256_setzero_ps();
  for (int i = 0; i < kOrientedRows; ++i) {
    a = _mm512_fmadd_ps(_mm512_loadu_ps(in), _mm512_loadu_ps(kernel), a);
    b = _mm256_fmadd_ps(_mm256_loadu_ps(in + 16), _mm256_loadu_ps(kernel + 16), b);
    in += stride;
    kernel += kOrientedColumns;
  }
  // The halves by way of memory: GCC 12's extract and reduce intrinsics warn of undefined values.
  alignas(64) float lanes[16];
  _mm512_store_ps(lanes, a);
  const __m256 sum =
      _mm256_add_ps(_mm256_add_ps(_mm256_load_ps(lanes), _mm256_load_ps(lanes + 8)), b);
  const __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
  const __m128 pairs = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
}

}  // namespace

__attribute__((target("avx512f,avx512vl,avx2,fma"))) void FilterOrientedAvx512(
    const OrientedFilterTask& task) {
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
