#include "tools/distinct/discard_curve.h"

#include <algorithm>
#include <numeric>

#include "matchers/check.h"

namespace distinct::cli {

void DiscardCurve::Add(const WeightedScore& mated, int quality) {
  CHECK(quality >= kNoTemplateQuality && quality <= 100);
  const auto place = static_cast<size_t>(quality - kNoTemplateQuality);
  pairs_[place] += mated.weight;
  if (!(mated.score > threshold_)) missed_[place] += mated.weight;
}

std::optional<double> DiscardCurve::FnmrAt(double discarded) const {
  const auto all = static_cast<double>(std::accumulate(pairs_.begin(), pairs_.end(), uint64_t{0}));
  if (all == 0) return std::nullopt;
  double to_leave = discarded * all, missed = 0;
  for (size_t q = 0; q < kQualities; ++q) {
    const auto pairs = static_cast<double>(pairs_[q]);
    if (pairs == 0) continue;
    const double leaving = std::min(to_leave, pairs);
    to_leave -= leaving;
    missed += static_cast<double>(missed_[q]) * (1 - leaving / pairs);
  }
  return missed / (all * (1 - discarded));
}

std::optional<double> RelativeFall(const DiscardCurve& curve, double discarded) {
  const std::optional<double> before = curve.FnmrAt(0), after = curve.FnmrAt(discarded);
  if (!before || !after || *before == 0) return std::nullopt;
  return 1 - *after / *before;
}

}  // namespace distinct::cli
