#include "tools/distinct/pair_plan.h"

#include <vector>

#include "matchers/check.h"

namespace distinct::cli {

PairPlan::PairPlan(const ImageSet& set, uint64_t nonmated_max) : nonmated_max_(nonmated_max) {
  std::vector<uint64_t> images_left(set.identities, 0);
  for (const ImageFile& image : set.images) {
    identity_.push_back(image.identity_index);
    ++images_left[image.identity_index];
  }
  uint64_t before = 0;
  for (size_t i = 0; i < identity_.size(); ++i) {
    row_start_.push_back(before);
    --images_left[identity_[i]];
    before += identity_.size() - 1 - i - images_left[identity_[i]];
  }
  row_start_.push_back(before);
  // Taken() multiplies the two; a set of a million images stays below.
  CHECK(nonmated_total() < std::numeric_limits<uint64_t>::max() / kNonmatedMax);
}

}  // namespace distinct::cli
