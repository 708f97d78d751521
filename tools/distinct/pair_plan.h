// All pairs of a set of images, and their scores: which pairs there are is the evaluation's
// definition, so it stands apart from the work of comparing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tools/distinct/image_set.h"

namespace distinct::cli {

// The score of a pair with an image that yielded no template: below every threshold.
inline constexpr float kFailureScore = -std::numeric_limits<float>::infinity();

// Beyond this, non-mated pairs are an evenly spaced subset: FMR 1e-4 then rests on 2,000 of them.
inline constexpr uint64_t kNonmatedMax = 20'000'000;

// The pairs (probe, reference), probe < reference, in rows by probe. Mated pairs are all taken;
// of the non-mated ones at most `nonmated_max`, evenly spaced in this order.
class PairPlan {
 public:
  PairPlan(const ImageSet& set, uint64_t nonmated_max);

  uint64_t nonmated_total() const { return row_start_.back(); }
  uint64_t nonmated_taken() const { return std::min(nonmated_total(), nonmated_max_); }

  // Calls visit(reference, mated) for each pair taken of the row, by rising reference.
  template <typename Visit>
  void ForEachInRow(uint32_t probe, Visit&& visit) const {
    uint64_t index = row_start_[probe];  // of the non-mated pair, over all rows
    for (uint32_t reference = probe + 1; reference < identity_.size(); ++reference) {
      if (identity_[reference] == identity_[probe]) {
        visit(reference, true);
      } else if (Taken(index++)) {
        visit(reference, false);
      }
    }
  }

 private:
  // Whether the running share index * taken / total passes a whole number at this index.
  bool Taken(uint64_t index) const {
    const uint64_t total = nonmated_total(), taken = nonmated_taken();
    return taken == total || (index + 1) * taken / total > index * taken / total;
  }

  std::vector<uint32_t> identity_;
  std::vector<uint64_t> row_start_;  // non-mated pairs before each row; last: all of them
  uint64_t nonmated_max_;
};

}  // namespace distinct::cli
