// How far error rates may be off, since few people were asked: 95 % bootstrap intervals.
//
// Identities, not pairs, are drawn with replacement: the pairs of one person stand or fall
// together. An identity drawn w times weighs its mated pairs by w, a non-mated pair by the product
// of its two identities' w. Percentile method (Efron and Tibshirani, "An Introduction to the
// Bootstrap", 1993, chapter 13).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/distinct/discard_curve.h"
#include "tools/distinct/rates.h"

namespace distinct::cli {

struct IdentifiedScore {
  float score = 0;
  uint32_t probe_identity = 0;  // numbered over all sets
  uint32_t reference_identity = 0;
  int quality = 0;  // the lower of the two images', or kNoTemplateQuality
};

struct ScoredPairs {
  std::vector<IdentifiedScore> mated;  // by falling score
  std::vector<IdentifiedScore> nonmated;
  std::vector<uint32_t> identities_of_set;  // how many each set has; drawn within their set
};

struct Interval {
  double low = 0;
  double high = 0;
};

struct RateIntervals {
  std::optional<Interval> eer;
  std::array<std::optional<Interval>, kFmrDenominators.size()> fnmr_at_fmr;
  std::optional<Interval> fnmr_at_zero_fmr;
  // Of RelativeFall() at kDiscardShare, over the replicates that have a miss at all.
  std::optional<Interval> relative_fall;
};

// The same seed, the same intervals, on any number of threads.
RateIntervals BootstrapIntervals(const ScoredPairs& pairs, int replicates, uint64_t seed,
                                 int threads);

}  // namespace distinct::cli
