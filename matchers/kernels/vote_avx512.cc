// VPOPCNTDQ counts a lane's bits in one instruction: six instructions for eight pairs of codes.
#include <immintrin.h>

#include <cstring>

#include "matchers/kernels/vote.h"

#define DISTINCT_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vpopcntdq,avx512vnni")))

namespace distinct::kernels {
namespace {

constexpr size_t kLanes = 8;  // codes in one register

// Pointers and counts only: nothing of the standard library is compiled for this target.
template <int kGroups>
DISTINCT_AVX512 void Run(const VoteProbe::Lanes& lanes, const std::string_view* references,
                         size_t count, uint16_t* scores) {
  __m512i low[kGroups], high[kGroups], threshold[kGroups];
#pragma GCC unroll 6
  for (int g = 0; g < kGroups; ++g) {
    const size_t at = kLanes * static_cast<size_t>(g);
    low[g] = _mm512_load_si512(lanes.low.data() + at);
    high[g] = _mm512_load_si512(lanes.high.data() + at);
    threshold[g] = _mm512_load_si512(lanes.threshold_bits.data() + at);
  }
  for (size_t r = 0; r < count; ++r) {
    __m512i nearest[kGroups];
#pragma GCC unroll 6
    for (int g = 0; g < kGroups; ++g) nearest[g] = _mm512_set1_epi64(128);
    const char* code = references[r].data();
    const char* end = code + references[r].size();
    // do-while: with a for loop GCC 12 keeps two copies of the minima.
    if (code != end) {
      do {
        long long l = 0;
        long long h = 0;
        std::memcpy(&l, code, 8);
        std::memcpy(&h, code + 8, 8);
        const __m512i a = _mm512_set1_epi64(l);
        const __m512i b = _mm512_set1_epi64(h);
#pragma GCC unroll 6
        for (int g = 0; g < kGroups; ++g) {
          const __m512i distance =
              _mm512_add_epi64(_mm512_popcnt_epi64(_mm512_xor_si512(low[g], a)),
                               _mm512_popcnt_epi64(_mm512_xor_si512(high[g], b)));
          // A distance fits a byte, and vpminub runs twice as often as vpminuq.
          nearest[g] = _mm512_min_epu8(nearest[g], distance);
        }
        code += kCodeBytes;
      } while (code != end);
    }
    __m512i votes = _mm512_setzero_si512();
#pragma GCC unroll 6
    for (int g = 0; g < kGroups; ++g) {
      votes = _mm512_add_epi64(votes, _mm512_subs_epu8(threshold[g], nearest[g]));
    }
    alignas(64) uint64_t sum[kLanes];
    _mm512_store_si512(sum, votes);
    scores[r] = static_cast<uint16_t>(sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] +
                                      sum[7]);
  }
}

using RunFunction = void (*)(const VoteProbe::Lanes&, const std::string_view*, size_t, uint16_t*);
constexpr RunFunction kRunByGroups[] = {Run<1>, Run<1>, Run<2>, Run<3>, Run<4>, Run<5>, Run<6>};

}  // namespace

void VoteAvx512(const VoteProbe& probe, absl::Span<const std::string_view> references,
                absl::Span<uint16_t> scores) {
  const size_t groups = (static_cast<size_t>(probe.count()) + kLanes - 1) / kLanes;
  kRunByGroups[groups](probe.lanes(), references.data(), references.size(), scores.data());
}

}  // namespace distinct::kernels
