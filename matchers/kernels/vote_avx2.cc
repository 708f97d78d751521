// AVX2 has no vector popcount: bits are counted four at a time by a table lookup (W. Mula, N. Kurz
// and D. Lemire, "Faster population counts using AVX2 instructions", Computer J. 61(1), 2018).
#include <immintrin.h>

#include <cstring>

#include "matchers/kernels/vote.h"

#define DISTINCT_AVX2 __attribute__((target("avx2")))

namespace distinct::kernels {
namespace {

constexpr size_t kLanes = 4;  // codes in one register

// Codes of one tile: with four registers of nibbles each for the reference, three groups fit the
// sixteen registers; the probe's nibbles are read from the L1 cache.
constexpr size_t kTileGroups = 6;

struct ProbeNibbles {
  // [group][part]: low & 15, low >> 4 & 15, high & 15, high >> 4 & 15 of four codes each.
  alignas(32) uint64_t part[kProbeCodesMax / kLanes][4][kLanes];
};

ProbeNibbles Split(const VoteProbe::Lanes& lanes) {
  constexpr uint64_t kNibbles = 0x0f0f0f0f0f0f0f0fULL;
  ProbeNibbles nibbles;
  for (size_t i = 0; i < kProbeCodesMax; ++i) {
    auto& group = nibbles.part[i / kLanes];
    group[0][i % kLanes] = lanes.low[i] & kNibbles;
    group[1][i % kLanes] = (lanes.low[i] >> 4) & kNibbles;
    group[2][i % kLanes] = lanes.high[i] & kNibbles;
    group[3][i % kLanes] = (lanes.high[i] >> 4) & kNibbles;
  }
  return nibbles;
}

// Bits that differ between one nibble of the reference code and those of four probe codes, by byte.
DISTINCT_AVX2 inline __m256i Bits(__m256i table, __m256i reference, const uint64_t* probe) {
  const __m256i p = _mm256_load_si256(reinterpret_cast<const __m256i*>(probe));
  return _mm256_shuffle_epi8(table, _mm256_xor_si256(reference, p));
}

struct Reference {
  __m256i n0, n1, n2, n3;
};

DISTINCT_AVX2 inline Reference Broadcast(const char* code) {
  long long low = 0;
  long long high = 0;
  std::memcpy(&low, code, 8);
  std::memcpy(&high, code + 8, 8);
  const __m256i l = _mm256_set1_epi64x(low);
  const __m256i h = _mm256_set1_epi64x(high);
  const __m256i f = _mm256_set1_epi8(15);
  return {_mm256_and_si256(l, f), _mm256_and_si256(_mm256_srli_epi16(l, 4), f),
          _mm256_and_si256(h, f), _mm256_and_si256(_mm256_srli_epi16(h, 4), f)};
}

DISTINCT_AVX2 inline __m256i Nearer(__m256i nearest, __m256i table, const Reference& reference,
                                    const uint64_t (&probe)[4][kLanes]) {
  const __m256i low =
      _mm256_add_epi8(Bits(table, reference.n0, probe[0]), Bits(table, reference.n1, probe[1]));
  const __m256i high =
      _mm256_add_epi8(Bits(table, reference.n2, probe[2]), Bits(table, reference.n3, probe[3]));
  const __m256i distance = _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
  return _mm256_min_epu8(nearest, distance);  // a distance fits the lowest byte of its lane
}

DISTINCT_AVX2 inline __m256i Votes(__m256i nearest, const uint64_t* threshold_bits) {
  const __m256i t = _mm256_load_si256(reinterpret_cast<const __m256i*>(threshold_bits));
  return _mm256_subs_epu8(t, nearest);
}

// Sum of votes of the codes of six groups, 24 codes, against one reference.
DISTINCT_AVX2 inline uint64_t VoteTile(const ProbeNibbles& nibbles, const VoteProbe::Lanes& lanes,
                                       size_t group, std::string_view reference) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i far = _mm256_set1_epi64x(128);
  __m256i m0 = far, m1 = far, m2 = far, m3 = far, m4 = far, m5 = far;
  const auto* probe = &nibbles.part[group];
  const char* end = reference.data() + reference.size();
  for (const char* code = reference.data(); code != end; code += kCodeBytes) {
    const Reference r = Broadcast(code);
    m0 = Nearer(m0, table, r, probe[0]);
    m1 = Nearer(m1, table, r, probe[1]);
    m2 = Nearer(m2, table, r, probe[2]);
    m3 = Nearer(m3, table, r, probe[3]);
    m4 = Nearer(m4, table, r, probe[4]);
    m5 = Nearer(m5, table, r, probe[5]);
  }
  const uint64_t* t = lanes.threshold_bits.data() + group * kLanes;
  const __m256i a = _mm256_add_epi64(Votes(m0, t), Votes(m1, t + kLanes));
  const __m256i b = _mm256_add_epi64(Votes(m2, t + 2 * kLanes), Votes(m3, t + 3 * kLanes));
  const __m256i c = _mm256_add_epi64(Votes(m4, t + 4 * kLanes), Votes(m5, t + 5 * kLanes));
  alignas(32) uint64_t sum[kLanes];
  _mm256_store_si256(reinterpret_cast<__m256i*>(sum), _mm256_add_epi64(_mm256_add_epi64(a, b), c));
  return sum[0] + sum[1] + sum[2] + sum[3];
}

}  // namespace

DISTINCT_AVX2 void VoteAvx2(const VoteProbe& probe, absl::Span<const std::string_view> references,
                            absl::Span<uint16_t> scores) {
  const ProbeNibbles nibbles = Split(probe.lanes());
  const size_t groups = (static_cast<size_t>(probe.count()) + kLanes - 1) / kLanes;
  const std::string_view* reference = references.data();
  uint16_t* score = scores.data();
  for (size_t r = 0; r < references.size(); ++r) {
    uint64_t sum = 0;
    for (size_t group = 0; group < groups; group += kTileGroups) {
      sum += VoteTile(nibbles, probe.lanes(), group, reference[r]);
    }
    score[r] = static_cast<uint16_t>(sum);
  }
}

}  // namespace distinct::kernels
