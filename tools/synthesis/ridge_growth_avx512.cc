#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "tools/synthesis/ridge_growth.h"

namespace distinct::synthesis {

__attribute__((target("avx512f"))) void FilterRowAvx512(const float* image, int stride,
                                                        const uint16_t* kernel_of_pixel,
                                                        const float* kernels, int rows, int begin,
                                                        int end, float* out) {
  for (int x = begin; x < end; ++x) {
    const float* taps =
        kernels + static_cast<size_t>(kernel_of_pixel[x]) * static_cast<size_t>(rows) * 16;
    const float* place = image + x;
    __m512 lanes = _mm512_setzero_ps();
    for (int row = 0; row < rows; ++row, taps += 16, place += stride) {
      lanes = _mm512_add_ps(lanes, _mm512_mul_ps(_mm512_loadu_ps(place), _mm512_loadu_ps(taps)));
    }
    // The zero-masked forms: GCC 12 warns of its own undefined operand in the plain ones.
    const __m512d halves = _mm512_castps_pd(lanes);
    const __m256 eight =
        _mm256_add_ps(_mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xFF, halves, 0)),
                      _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xFF, halves, 1)));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    out[x] = _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
}

}  // namespace distinct::synthesis
