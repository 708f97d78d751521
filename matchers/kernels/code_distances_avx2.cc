#include <immintrin.h>

#include <cstring>

#include "matchers/kernels/code_distances.h"

namespace distinct::kernels {

// The POPCNT instruction, two a pair, is as quick here as nibble tables in registers: the matrix
// is small and each result is wanted by itself.
__attribute__((target("avx2,popcnt"))) void CodeDistancesAvx2(std::string_view probe_codes,
                                                              std::string_view reference_codes,
                                                              absl::Span<uint8_t> out) {
  const size_t n = probe_codes.size() / 16;
  const size_t m = reference_codes.size() / 16;
  uint8_t* to = out.data();
  for (size_t i = 0; i < n; ++i) {
    unsigned long long low = 0;
    unsigned long long high = 0;
    std::memcpy(&low, probe_codes.data() + i * 16, 8);
    std::memcpy(&high, probe_codes.data() + i * 16 + 8, 8);
    const char* from = reference_codes.data();
    for (size_t j = 0; j < m; ++j, from += 16) {
      unsigned long long a = 0;
      unsigned long long b = 0;
      std::memcpy(&a, from, 8);
      std::memcpy(&b, from + 8, 8);
      *to++ = static_cast<uint8_t>(_mm_popcnt_u64(low ^ a) + _mm_popcnt_u64(high ^ b));
    }
  }
}

}  // namespace distinct::kernels
