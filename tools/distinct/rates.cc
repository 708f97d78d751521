#include "tools/distinct/rates.h"

#include <algorithm>
#include <limits>

namespace distinct::cli {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

uint64_t TotalWeight(absl::Span<const WeightedScore> scores) {
  uint64_t total = 0;
  for (const WeightedScore& s : scores) total += s.weight;
  return total;
}

// The lowest threshold that accepts at most `accepted_max` of the pairs.
float LowestThreshold(absl::Span<const WeightedScore> nonmated, uint64_t accepted_max) {
  uint64_t accepted = 0;
  for (const WeightedScore& s : nonmated) {
    accepted += s.weight;
    if (accepted > accepted_max) return s.score;  // every pair of this score stays out together
  }
  return kNever;
}

double FnmrAt(float threshold, absl::Span<const WeightedScore> mated, uint64_t total) {
  uint64_t accepted = 0;
  for (const WeightedScore& s : mated) {
    if (!(s.score > threshold)) break;
    accepted += s.weight;
  }
  return static_cast<double>(total - accepted) / static_cast<double>(total);
}

// Lowers the threshold from score to score until FMR has reached FNMR.
double EqualErrorRate(absl::Span<const WeightedScore> mated,
                      absl::Span<const WeightedScore> nonmated, uint64_t mated_total,
                      uint64_t nonmated_total) {
  double fmr = 0, fnmr = 1;
  uint64_t mated_accepted = 0, nonmated_accepted = 0;
  size_t m = 0, n = 0;
  while (m < mated.size() || n < nonmated.size()) {
    const float score = std::max(m < mated.size() ? mated[m].score : kNever,
                                 n < nonmated.size() ? nonmated[n].score : kNever);
    if (score == kNever) break;
    for (; m < mated.size() && mated[m].score == score; ++m) mated_accepted += mated[m].weight;
    for (; n < nonmated.size() && nonmated[n].score == score; ++n) {
      nonmated_accepted += nonmated[n].weight;
    }
    const double next_fmr =
        static_cast<double>(nonmated_accepted) / static_cast<double>(nonmated_total);
    const double next_fnmr =
        static_cast<double>(mated_total - mated_accepted) / static_cast<double>(mated_total);
    if (next_fmr >= next_fnmr) {
      const double before = fnmr - fmr, after = next_fmr - next_fnmr;
      return fmr + (next_fmr - fmr) * before / (before + after);
    }
    fmr = next_fmr;
    fnmr = next_fnmr;
  }
  return fnmr;  // failures to extract alone outweigh every false match
}

}  // namespace

void SortFalling(std::vector<WeightedScore>& scores) {
  std::sort(scores.begin(), scores.end(),
            [](const WeightedScore& a, const WeightedScore& b) { return a.score > b.score; });
}

Rates ComputeRates(absl::Span<const WeightedScore> mated,
                   absl::Span<const WeightedScore> nonmated) {
  Rates rates;
  rates.mated = TotalWeight(mated);
  rates.nonmated = TotalWeight(nonmated);
  if (rates.mated == 0 || rates.nonmated == 0) return rates;
  rates.eer = EqualErrorRate(mated, nonmated, rates.mated, rates.nonmated);
  for (size_t i = 0; i < kFmrDenominators.size(); ++i) {
    const float threshold = LowestThreshold(nonmated, rates.nonmated / kFmrDenominators[i]);
    rates.fnmr_at_fmr[i] = FnmrAt(threshold, mated, rates.mated);
    rates.threshold_at_fmr[i] = threshold;
  }
  rates.fnmr_at_zero_fmr = FnmrAt(LowestThreshold(nonmated, 0), mated, rates.mated);
  return rates;
}

}  // namespace distinct::cli
