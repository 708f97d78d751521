// The definition that the other levels equal to the bit.
#include <algorithm>
#include <bit>
#include <cstring>

#include "matchers/kernels/vote.h"

namespace distinct::kernels {
namespace {

uint64_t Load(const char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

}  // namespace

void VoteScalar(const VoteProbe& probe, absl::Span<const std::string_view> references,
                absl::Span<uint16_t> scores) {
  const VoteProbe::Lanes& lanes = probe.lanes();
  for (size_t r = 0; r < references.size(); ++r) {
    uint64_t score = 0;
    for (size_t i = 0; i < static_cast<size_t>(probe.count()); ++i) {
      uint64_t nearest = 128;
      for (size_t at = 0; at < references[r].size(); at += kCodeBytes) {
        const char* code = references[r].data() + at;
        const int distance = std::popcount(lanes.low[i] ^ Load(code)) +
                             std::popcount(lanes.high[i] ^ Load(code + 8));
        nearest = std::min(nearest, static_cast<uint64_t>(distance));
      }
      if (nearest < lanes.threshold_bits[i]) score += lanes.threshold_bits[i] - nearest;
    }
    scores[r] = static_cast<uint16_t>(score);
  }
}

}  // namespace distinct::kernels
