#include <immintrin.h>

#include <algorithm>

#include "matchers/kernels/oriented_filter.h"

namespace distinct::kernels {
namespace {

// Sixteen columns and eight: both halves added into one register at the end.
__attribute__((target("avx512f,avx512vl,avx2,fma"))) float SumOf(__m512 wide, __m256 narrow) {
  // By way of memory: GCC 12's extract and reduce intrinsics warn of undefined values.
  alignas(64) float lanes[16];
  _mm512_store_ps(lanes, wide);
  const __m256 sum =
      _mm256_add_ps(_mm256_add_ps(_mm256_load_ps(lanes), _mm256_load_ps(lanes + 8)), narrow);
  const __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
  const __m128 pairs = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
}

__attribute__((target("avx512f,avx512vl,avx2,fma"))) void FourPixels(const float* in,
                                                                     int64_t stride,
                                                                     const float* kernel,
                                                                     float* out) {
  __m512 wide0 = _mm512_setzero_ps();
  __m512 wide1 = _mm512_setzero_ps();
  __m512 wide2 = _mm512_setzero_ps();
  __m512 wide3 = _mm512_setzero_ps();
  __m256 narrow0 = _mm256_setzero_ps();
  __m256 narrow1 = _mm256_setzero_ps();
  __m256 narrow2 = _mm256_setzero_ps();
  __m256 narrow3 = _mm256_setzero_ps();
  for (int i = 0; i < kOrientedRows; ++i) {
    const __m512 k = _mm512_loadu_ps(kernel);
    const __m256 k2 = _mm256_loadu_ps(kernel + 16);
    wide0 = _mm512_fmadd_ps(_mm512_loadu_ps(in), k, wide0);
    wide1 = _mm512_fmadd_ps(_mm512_loadu_ps(in + 1), k, wide1);
    wide2 = _mm512_fmadd_ps(_mm512_loadu_ps(in + 2), k, wide2);
    wide3 = _mm512_fmadd_ps(_mm512_loadu_ps(in + 3), k, wide3);
    narrow0 = _mm256_fmadd_ps(_mm256_loadu_ps(in + 16), k2, narrow0);
    narrow1 = _mm256_fmadd_ps(_mm256_loadu_ps(in + 17), k2, narrow1);
    narrow2 = _mm256_fmadd_ps(_mm256_loadu_ps(in + 18), k2, narrow2);
    narrow3 = _mm256_fmadd_ps(_mm256_loadu_ps(in + 19), k2, narrow3);
    in += stride;
    kernel += kOrientedColumns;
  }
  out[0] = SumOf(wide0, narrow0);
  out[1] = SumOf(wide1, narrow1);
  out[2] = SumOf(wide2, narrow2);
  out[3] = SumOf(wide3, narrow3);
}

}  // namespace

__attribute__((target("avx512f,avx512vl,avx2,fma"))) void FilterOrientedAvx512(
    const OrientedFilterTask& task) {
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
