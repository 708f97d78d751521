// Comparison of two face templates: the cosine of the angle between their embeddings.
// Specified by tests/matchers/face/comparison_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "matchers/face/embedding.h"
#include "matchers/modality.h"
#include "matchers/types.h"

namespace distinct::face {

// Owns its values; the template may go. Immutable, so thread-safe.
class PreparedFace : public PreparedProbe {
 public:
  // REQUIRES: `bytes` passed ValidateTemplate(); so for `reference` below.
  explicit PreparedFace(std::string_view bytes);

  // In [-1, 1]: 1 for equal directions, near 0 for two people. The same when probe and reference
  // change places. An integer dot product, so the same to the bit on every CPU.
  ComparisonScore Compare(std::string_view reference) const override;
  // No pairs: the numbers of an embedding mean nothing to a person.
  Explanation Explain(std::string_view reference) const override;

 private:
  std::array<int8_t, kEmbeddingDimensions> values_;
  double squares_ = 0;
};

}  // namespace distinct::face
