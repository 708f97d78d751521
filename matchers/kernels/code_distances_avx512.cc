#include <immintrin.h>

#include <cstring>

#include "matchers/kernels/code_distances.h"

namespace distinct::kernels {

// Eight reference codes a step, split once into their low and high words.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vpopcntdq"))) void CodeDistancesAvx512(
    std::string_view probe_codes, std::string_view reference_codes, absl::Span<uint8_t> out) {
  const size_t n = probe_codes.size() / 16;
  const size_t m = reference_codes.size() / 16;
  const __m512i pick_low = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0);
  const __m512i pick_high = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
  for (size_t j = 0; j < m; j += 8) {
    const size_t left = m - j < 8 ? m - j : 8;
    const auto words = static_cast<unsigned int>(2 * left);
    const auto first = static_cast<__mmask8>(words >= 8 ? 0xFFU : (1U << words) - 1U);
    const auto second = static_cast<__mmask8>(words >= 8 ? (1U << (words - 8)) - 1U : 0U);
    const char* from = reference_codes.data() + j * 16;
    const __m512i a = _mm512_maskz_loadu_epi64(first, from);
    const __m512i b = _mm512_maskz_loadu_epi64(second, from + 64);
    const __m512i low = _mm512_permutex2var_epi64(a, pick_low, b);
    const __m512i high = _mm512_permutex2var_epi64(a, pick_high, b);
    const auto lanes = static_cast<__mmask8>((1U << left) - 1U);
    for (size_t i = 0; i < n; ++i) {
      long long probe_low = 0;
      long long probe_high = 0;
      std::memcpy(&probe_low, probe_codes.data() + i * 16, 8);
      std::memcpy(&probe_high, probe_codes.data() + i * 16 + 8, 8);
      const __m512i bits = _mm512_add_epi64(
          _mm512_popcnt_epi64(_mm512_xor_si512(low, _mm512_set1_epi64(probe_low))),
          _mm512_popcnt_epi64(_mm512_xor_si512(high, _mm512_set1_epi64(probe_high))));
      _mm512_mask_cvtepi64_storeu_epi8(out.data() + i * m + j, lanes, bits);
    }
  }
}

}  // namespace distinct::kernels
