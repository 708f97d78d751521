// The scores of several sets as one, as rates and intervals want them.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "tools/distinct/discard_curve.h"
#include "tools/distinct/eval.h"
#include "tools/distinct/intervals.h"

namespace distinct::cli {

// Identities are numbered on from set to set: 101 of one set is another person than 101 of the
// next.
ScoredPairs Pool(absl::Span<const SetScores> sets);

// Each pair once, in the order given.
std::vector<WeightedScore> Weighted(const std::vector<IdentifiedScore>& scores);

// Of the mated pairs.
DiscardCurve DiscardOf(const ScoredPairs& pairs, float threshold);

}  // namespace distinct::cli
