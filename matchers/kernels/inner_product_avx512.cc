// vpdpbusd: four products of stored bytes and probe bytes added to each of sixteen lanes.
#include <immintrin.h>

#include <cstring>

#include "matchers/kernels/inner_product.h"

#define DISTINCT_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vpopcntdq,avx512vnni")))

namespace distinct::kernels {
namespace {

// Pointers and counts only: nothing of the standard library is compiled for this target.
template <int kProbes>
DISTINCT_AVX512 void Run(const int8_t* rows, const int32_t* corrections, size_t row_count,
                         const uint8_t* blocks, size_t block_count, int32_t* const* sums) {
  const uint8_t* row = blocks;
  for (size_t b = 0; b < block_count; ++b) {
    __m512i sum[kProbes];
#pragma GCC unroll 8
    for (int p = 0; p < kProbes; ++p) {
      sum[p] = _mm512_add_epi32(_mm512_loadu_si512(sums[p] + b * kBlockVectors),
                                _mm512_set1_epi32(corrections[p]));
    }
    const int8_t* probe = rows;
    const uint8_t* end = row + row_count * 64;
    // Ends by address: with an index loop GCC 12 keeps one copy of the sums where this has two, and
    // yet one probe takes a tenth longer (bench_scan, scan/1).
    do {
      const __m512i stored = _mm512_loadu_si512(row);
#pragma GCC unroll 8
      for (int p = 0; p < kProbes; ++p) {
        int32_t four = 0;
        std::memcpy(&four, probe + 4 * p, 4);
        sum[p] = _mm512_dpbusd_epi32(sum[p], stored, _mm512_set1_epi32(four));
      }
      probe += 4 * kProbes;
      row += 64;
    } while (row != end);
#pragma GCC unroll 8
    for (int p = 0; p < kProbes; ++p) _mm512_storeu_si512(sums[p] + b * kBlockVectors, sum[p]);
  }
}

using RunFunction = void (*)(const int8_t*, const int32_t*, size_t, const uint8_t*, size_t,
                             int32_t* const*);
constexpr RunFunction kRunByProbes[] = {Run<1>, Run<2>, Run<3>, Run<4>,
                                        Run<5>, Run<6>, Run<7>, Run<8>};

}  // namespace

void AddInnerProductsAvx512(const ProbePack& pack, const uint8_t* blocks, size_t block_count,
                            int32_t* const* sums) {
  kRunByProbes[pack.count() - 1](pack.rows(), pack.corrections(),
                                 static_cast<size_t>(pack.dimensions()) / 4, blocks, block_count,
                                 sums);
}

}  // namespace distinct::kernels
