// Which comparisons failed worst: mated pairs of lowest score, non-mated pairs of highest.
// Pure; specified by tests/tools/distinct/worst_pairs_test.cc.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "tools/distinct/eval.h"

namespace distinct::cli {

struct PairOfSet {
  size_t set = 0;  // index into Evaluation::sets
  PairScore pair;
};

// No more of one identity (non-mated: of one pair of identities), so that one bad finger does not
// hide the others.
inline constexpr size_t kWorstOfOneMax = 2;

// At most `count`, the worst first; pairs with an image that yielded no template are left out.
std::vector<PairOfSet> LowestMated(absl::Span<const SetScores> sets, size_t count);
std::vector<PairOfSet> HighestNonmated(absl::Span<const SetScores> sets, size_t count);

}  // namespace distinct::cli
