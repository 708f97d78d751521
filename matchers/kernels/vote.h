// Voting: how many of a probe's codes have a near code in a reference, without any geometry.
//
//   score(reference) = sum over probe codes i of max(0, threshold - min over j of Hamming(p_i,
//   r_j))
//
// Integers only: every CPU level gives the same score. A score grows with the number of codes on
// both sides, so it ranks references of one probe and is never compared with a fixed threshold.
// The codes stay in registers (lane = probe code) and each reference code is broadcast once.
// Specified by tests/matchers/kernels/vote_test.cc; measured by bench/vote.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "matchers/kernels/cpu.h"

namespace distinct::kernels {

inline constexpr int kCodeBytes = 16;  // low, high: little-endian, packed, at any alignment

// More codes than this are cut to the first, which are the best: twelve 512-bit registers hold 48,
// and on the FVC development sets the best 48 minutiae compare as well as all of them.
inline constexpr int kProbeCodesMax = 48;

// A distance at or above this gives no vote. On the six FVC development sets, the share of mates
// that are not among the best 1 % of 472 other prints, mean of three extractors: 4.7 % at 24,
// 3.5 % at 28, 3.1 % at 32, 3.5 % at 36.
inline constexpr uint8_t kVoteThresholdBits = 32;

// A probe's codes made ready to meet many references. Owns its data; immutable, thread-safe.
class VoteProbe {
 public:
  // `codes`: packed, best first. REQUIRES: a multiple of kCodeBytes; threshold_bits in [1, 127].
  explicit VoteProbe(std::string_view codes, uint8_t threshold_bits = kVoteThresholdBits);

  int count() const { return count_; }  // of codes in use, 0 to kProbeCodesMax

  // What the kernels read: unused lanes have code 0 and threshold 0, so they never vote.
  struct Lanes {
    alignas(64) std::array<uint64_t, kProbeCodesMax> low{};
    alignas(64) std::array<uint64_t, kProbeCodesMax> high{};
    alignas(64) std::array<uint64_t, kProbeCodesMax> threshold_bits{};
  };
  const Lanes& lanes() const { return lanes_; }

 private:
  Lanes lanes_;
  int count_ = 0;
};

// scores[i] = score of references[i], packed codes of one reference (any count; none: 0).
// At most 48 x 127, so it fits 16 bits. Dispatches once for the whole block and never allocates.
// REQUIRES: equal sizes; `level` is supported; each reference a multiple of kCodeBytes.
void VoteAt(CpuLevel level, const VoteProbe& probe, absl::Span<const std::string_view> references,
            absl::Span<uint16_t> scores);

// VoteAt() the level in use.
void Vote(const VoteProbe& probe, absl::Span<const std::string_view> references,
          absl::Span<uint16_t> scores);

// The kernels of the levels; call VoteAt().
void VoteScalar(const VoteProbe& probe, absl::Span<const std::string_view> references,
                absl::Span<uint16_t> scores);
void VoteAvx2(const VoteProbe& probe, absl::Span<const std::string_view> references,
              absl::Span<uint16_t> scores);
void VoteAvx512(const VoteProbe& probe, absl::Span<const std::string_view> references,
                absl::Span<uint16_t> scores);

}  // namespace distinct::kernels
