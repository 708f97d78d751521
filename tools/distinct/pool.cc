#include "tools/distinct/pool.h"

#include <algorithm>

namespace distinct::cli {
namespace {

int PairQuality(const SetScores& scores, const PairScore& pair) {
  const auto quality = [&](uint32_t image) {
    const std::optional<Quality>& stated = scores.facts[image].quality;
    return stated ? stated->value : kNoTemplateQuality;
  };
  return std::min(quality(pair.probe), quality(pair.reference));
}

}  // namespace

ScoredPairs Pool(absl::Span<const SetScores> sets) {
  ScoredPairs pool;
  uint32_t identities_before = 0;
  for (const SetScores& scores : sets) {
    const auto identity = [&](uint32_t image) {
      return identities_before + scores.set.images[image].identity_index;
    };
    for (const PairScore& pair : scores.pairs) {
      (pair.mated ? pool.mated : pool.nonmated)
          .push_back({pair.score, identity(pair.probe), identity(pair.reference),
                      PairQuality(scores, pair)});
    }
    pool.identities_of_set.push_back(scores.set.identities);
    identities_before += scores.set.identities;
  }
  const auto falling = [](const IdentifiedScore& a, const IdentifiedScore& b) {
    return a.score > b.score;
  };
  std::sort(pool.mated.begin(), pool.mated.end(), falling);
  std::sort(pool.nonmated.begin(), pool.nonmated.end(), falling);
  return pool;
}

std::vector<WeightedScore> Weighted(const std::vector<IdentifiedScore>& scores) {
  std::vector<WeightedScore> weighted;
  weighted.reserve(scores.size());
  for (const IdentifiedScore& s : scores) weighted.push_back({s.score, 1});
  return weighted;
}

DiscardCurve DiscardOf(const ScoredPairs& pairs, float threshold) {
  DiscardCurve curve(threshold);
  for (const IdentifiedScore& pair : pairs.mated) curve.Add({pair.score, 1}, pair.quality);
  return curve;
}

}  // namespace distinct::cli
