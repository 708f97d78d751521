#include "matchers/kernels/vote.h"

#include <algorithm>
#include <cstring>

#include "matchers/check.h"

namespace distinct::kernels {
namespace {

using VoteFunction = void (*)(const VoteProbe&, absl::Span<const std::string_view>,
                              absl::Span<uint16_t>);
constexpr PerLevel<VoteFunction> kVote = {VoteScalar, VoteAvx2, VoteAvx512};

}  // namespace

VoteProbe::VoteProbe(std::string_view codes, uint8_t threshold_bits) {
  CHECK(codes.size() % kCodeBytes == 0);
  CHECK(threshold_bits >= 1 && threshold_bits <= 127);
  count_ = static_cast<int>(std::min<size_t>(codes.size() / kCodeBytes, kProbeCodesMax));
  for (size_t i = 0; i < static_cast<size_t>(count_); ++i) {
    std::memcpy(&lanes_.low[i], codes.data() + i * kCodeBytes, 8);
    std::memcpy(&lanes_.high[i], codes.data() + i * kCodeBytes + 8, 8);
    lanes_.threshold_bits[i] = threshold_bits;
  }
}

void VoteAt(CpuLevel level, const VoteProbe& probe, absl::Span<const std::string_view> references,
            absl::Span<uint16_t> scores) {
  CHECK(references.size() == scores.size());
  kVote.At(level)(probe, references, scores);
}

void Vote(const VoteProbe& probe, absl::Span<const std::string_view> references,
          absl::Span<uint16_t> scores) {
  VoteAt(ActiveLevel(), probe, references, scores);
}

}  // namespace distinct::kernels
