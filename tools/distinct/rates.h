// Error rates of a comparison algorithm, exact, from its scores.
//
// A pair is accepted when its score is greater than the threshold. FMR: the share of non-mated
// pairs that are accepted; FNMR: the share of mated pairs that are not (ISO/IEC 19795-1). A pair
// with an image that yielded no template has the score -inf: it is accepted at no threshold.
// Pure; specified by tests/tools/distinct/rates_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace distinct::cli {

// A score that stands for `weight` pairs of this score; bootstrap samples repeat and omit pairs.
struct WeightedScore {
  float score = 0;
  uint32_t weight = 1;
};

// FMR is held at 1 / kFmrDenominators[i]: integers, so that floor(FMR x pairs) is exact.
inline constexpr std::array<uint64_t, 3> kFmrDenominators = {100, 1000, 10000};
inline constexpr std::array<const char*, 3> kFmrNames = {"1e-2", "1e-3", "1e-4"};

struct Rates {
  uint64_t mated = 0;
  uint64_t nonmated = 0;
  // In [0, 1]; none without at least one mated and one non-mated pair.
  std::optional<double> eer;  // where FMR = FNMR, interpolated linearly between scores
  // At the lowest threshold that accepts at most floor(FMR x non-mated) non-mated pairs.
  std::array<std::optional<double>, kFmrDenominators.size()> fnmr_at_fmr;
  std::array<std::optional<float>, kFmrDenominators.size()> threshold_at_fmr;
  std::optional<double> fnmr_at_zero_fmr;
};

// By falling score.
void SortFalling(std::vector<WeightedScore>& scores);

// REQUIRES: both by falling score, none NaN.
Rates ComputeRates(absl::Span<const WeightedScore> mated, absl::Span<const WeightedScore> nonmated);

}  // namespace distinct::cli
