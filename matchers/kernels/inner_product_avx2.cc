// Bytes widened to 16 bits, since vpmaddubsw saturates where both sides use all eight: exact, at a
// third of VNNI's speed. A block stays in the first-level cache for every probe.
#include <immintrin.h>

#include <cstring>

#include "matchers/kernels/inner_product.h"

#define DISTINCT_AVX2 __attribute__((target("avx2,fma,popcnt")))

namespace distinct::kernels {
namespace {

// Sums of pairs of dimensions, two lanes a vector, to one lane a vector.
DISTINCT_AVX2 __m256i JoinPairs(__m256i low, __m256i high) {
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0xD8);
}

DISTINCT_AVX2 void AddBlock(const uint8_t* block, const int8_t* rows, size_t row_count,
                            size_t stride, int32_t correction, int32_t* sum) {
  __m256i quarter[4];
#pragma GCC unroll 4
  for (int q = 0; q < 4; ++q) quarter[q] = _mm256_setzero_si256();
  for (size_t g = 0; g < row_count; ++g) {
    int32_t four = 0;
    std::memcpy(&four, rows + g * stride, 4);
    const __m256i probe = _mm256_cvtepi8_epi16(_mm_set1_epi32(four));
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q) {
      const __m256i stored = _mm256_cvtepu8_epi16(
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + g * 64 + q * 16)));
      quarter[q] = _mm256_add_epi32(quarter[q], _mm256_madd_epi16(stored, probe));
    }
  }
  const __m256i corrections = _mm256_set1_epi32(correction);
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    auto* at = reinterpret_cast<__m256i*>(sum + 8 * half);
    const __m256i products = JoinPairs(quarter[2 * half], quarter[2 * half + 1]);
    _mm256_storeu_si256(
        at, _mm256_add_epi32(_mm256_loadu_si256(at), _mm256_add_epi32(products, corrections)));
  }
}

}  // namespace

void AddInnerProductsAvx2(const ProbePack& pack, const uint8_t* blocks, size_t block_count,
                          int32_t* const* sums) {
  const size_t block_bytes = BlockBytes(pack.dimensions());
  const auto row_count = static_cast<size_t>(pack.dimensions()) / 4;
  for (size_t b = 0; b < block_count; ++b) {
    for (size_t p = 0; p < pack.count(); ++p) {
      AddBlock(blocks + b * block_bytes, pack.rows() + 4 * p, row_count, 4 * pack.count(),
               pack.corrections()[p], sums[p] + b * kBlockVectors);
    }
  }
}

}  // namespace distinct::kernels
