#include "tools/distinct/intervals.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace distinct::cli {
namespace {

std::vector<uint32_t> DrawWeights(const std::vector<uint32_t>& identities_of_set, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint32_t> weights;
  for (const uint32_t count : identities_of_set) {
    const size_t first = weights.size();
    weights.resize(first + count, 0);
    for (uint32_t i = 0; i < count; ++i) ++weights[first + ((random() >> 32) * count >> 32)];
  }
  return weights;
}

struct Replicated {
  Rates rates;
  std::optional<double> relative_fall;
};

Replicated Replicate(const ScoredPairs& pairs, uint64_t seed) {
  const std::vector<uint32_t> weights = DrawWeights(pairs.identities_of_set, seed);
  std::vector<WeightedScore> mated, nonmated;
  mated.reserve(pairs.mated.size());
  nonmated.reserve(pairs.nonmated.size());
  for (const IdentifiedScore& p : pairs.mated) {
    mated.push_back({p.score, weights[p.probe_identity]});
  }
  for (const IdentifiedScore& p : pairs.nonmated) {
    nonmated.push_back({p.score, weights[p.probe_identity] * weights[p.reference_identity]});
  }
  Replicated replicated{ComputeRates(mated, nonmated), std::nullopt};
  if (const std::optional<float> threshold = replicated.rates.threshold_at_fmr[kDiscardFmrIndex]) {
    DiscardCurve curve(*threshold);
    for (size_t i = 0; i < mated.size(); ++i) {
      curve.Add(mated[i], pairs.mated[i].quality);
    }
    replicated.relative_fall = RelativeFall(curve, kDiscardShare);
  }
  return replicated;
}

template <typename Get>
std::optional<Interval> IntervalOf(const std::vector<Replicated>& replicates, Get&& get) {
  std::vector<double> values;
  for (const Replicated& replicated : replicates) {
    if (const std::optional<double> value = get(replicated)) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  return Interval{at(0.025), at(0.975)};
}

}  // namespace

RateIntervals BootstrapIntervals(const ScoredPairs& pairs, int replicates, uint64_t seed,
                                 int threads) {
  std::vector<Replicated> drawn(static_cast<size_t>(replicates));
  tbb::task_arena arena(threads);
  arena.execute([&] {
    tbb::parallel_for(size_t{0}, drawn.size(),
                      [&](size_t i) { drawn[i] = Replicate(pairs, seed + i); });
  });
  RateIntervals intervals;
  intervals.eer = IntervalOf(drawn, [](const Replicated& r) { return r.rates.eer; });
  for (size_t i = 0; i < kFmrDenominators.size(); ++i) {
    intervals.fnmr_at_fmr[i] =
        IntervalOf(drawn, [i](const Replicated& r) { return r.rates.fnmr_at_fmr[i]; });
  }
  intervals.fnmr_at_zero_fmr =
      IntervalOf(drawn, [](const Replicated& r) { return r.rates.fnmr_at_zero_fmr; });
  intervals.relative_fall = IntervalOf(drawn, [](const Replicated& r) { return r.relative_fall; });
  return intervals;
}

}  // namespace distinct::cli
