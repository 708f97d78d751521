#include "tools/distinct/det_curve.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace distinct::cli {
namespace {

double Total(absl::Span<const WeightedScore> scores) {
  uint64_t total = 0;
  for (const WeightedScore& s : scores) total += s.weight;
  return static_cast<double>(total);
}

}  // namespace

std::vector<DetPoint> DetCurve(absl::Span<const WeightedScore> mated,
                               absl::Span<const WeightedScore> nonmated) {
  const double mated_total = Total(mated), nonmated_total = Total(nonmated);
  if (mated_total == 0 || nonmated_total == 0) return {};
  std::vector<DetPoint> points = {{0, 1}};
  uint64_t accepted = 0, false_matches = 0;
  size_t n = 0;
  for (const WeightedScore& m : mated) {
    if (!std::isfinite(m.score)) break;  // accepted at no threshold
    if (m.weight == 0) continue;
    accepted += m.weight;
    // A pair is accepted above the threshold: to accept this one, the threshold must lie below its
    // score, which lets in every non-mated pair of at least this score.
    for (; n < nonmated.size() && nonmated[n].score >= m.score; ++n) {
      false_matches += nonmated[n].weight;
    }
    const double fmr = static_cast<double>(false_matches) / nonmated_total;
    if (fmr > points.back().fmr) points.push_back({fmr, 1});
    points.back().fnmr = (mated_total - static_cast<double>(accepted)) / mated_total;
  }
  return points;
}

}  // namespace distinct::cli
