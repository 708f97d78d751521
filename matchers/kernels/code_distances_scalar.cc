#include <bit>
#include <cstring>

#include "matchers/kernels/code_distances.h"

namespace distinct::kernels {
namespace {

uint64_t Word(std::string_view codes, size_t word) {
  uint64_t out = 0;
  std::memcpy(&out, codes.data() + word * 8, 8);
  return out;
}

}  // namespace

void CodeDistancesScalar(std::string_view probe_codes, std::string_view reference_codes,
                         absl::Span<uint8_t> out) {
  const size_t n = probe_codes.size() / 16;
  const size_t m = reference_codes.size() / 16;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < m; ++j) {
      const int bits =
          std::popcount(Word(probe_codes, 2 * i) ^ Word(reference_codes, 2 * j)) +
          std::popcount(Word(probe_codes, 2 * i + 1) ^ Word(reference_codes, 2 * j + 1));
      out[i * m + j] = static_cast<uint8_t>(bits);
    }
  }
}

}  // namespace distinct::kernels
