#include "tools/distinct/worst_pairs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace distinct::cli {
namespace {

// Of each set, this many of its worst pairs are considered: enough to fill the list although one
// identity has many images, little beside twenty million pairs.
constexpr size_t kConsideredOfSet = 4096;

bool Wanted(const PairScore& pair, bool mated) {
  return pair.mated == mated && std::isfinite(pair.score);
}

// The worst first, then the pairs that are not asked for.
auto Order(const PairScore& pair, bool mated) {
  return std::tuple(!Wanted(pair, mated), mated ? pair.score : -pair.score, pair.probe,
                    pair.reference);
}

std::vector<PairOfSet> Worst(absl::Span<const SetScores> sets, bool mated, size_t count) {
  std::vector<PairOfSet> considered;
  for (size_t s = 0; s < sets.size(); ++s) {
    const std::vector<PairScore>& pairs = sets[s].pairs;
    std::vector<PairScore> worst(std::min(pairs.size(), kConsideredOfSet));
    std::partial_sort_copy(
        pairs.begin(), pairs.end(), worst.begin(), worst.end(),
        [&](const PairScore& a, const PairScore& b) { return Order(a, mated) < Order(b, mated); });
    for (const PairScore& pair : worst) {
      if (Wanted(pair, mated)) considered.push_back({s, pair});
    }
  }
  std::stable_sort(considered.begin(), considered.end(),
                   [&](const PairOfSet& a, const PairOfSet& b) {
                     return mated ? a.pair.score < b.pair.score : a.pair.score > b.pair.score;
                   });
  std::map<std::tuple<size_t, uint32_t, uint32_t>, size_t> taken;  // of these identities
  std::vector<PairOfSet> result;
  for (const PairOfSet& p : considered) {
    const std::vector<ImageFile>& images = sets[p.set].set.images;
    const auto [low, high] =
        std::minmax(images[p.pair.probe].identity_index, images[p.pair.reference].identity_index);
    if (result.size() == count) break;
    if (taken[{p.set, low, high}]++ < kWorstOfOneMax) result.push_back(p);
  }
  return result;
}

}  // namespace

std::vector<PairOfSet> LowestMated(absl::Span<const SetScores> sets, size_t count) {
  return Worst(sets, /*mated=*/true, count);
}

std::vector<PairOfSet> HighestNonmated(absl::Span<const SetScores> sets, size_t count) {
  return Worst(sets, /*mated=*/false, count);
}

}  // namespace distinct::cli
