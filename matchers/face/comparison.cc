#include "matchers/face/comparison.h"

#include <algorithm>
#include <cmath>

#include "matchers/face/template.h"

namespace distinct::face {

PreparedFace::PreparedFace(std::string_view bytes) : squares_(SquaresOf(bytes)) {
  std::copy_n(ValuesOf(bytes), kEmbeddingDimensions, values_.begin());
}

ComparisonScore PreparedFace::Compare(std::string_view reference) const {
  const int8_t* values = ValuesOf(reference);
  int32_t dot = 0;  // at most 512 * 127 * 127 = 8.3 million
  for (size_t i = 0; i < values_.size(); ++i) dot += values_[i] * values[i];
  return {static_cast<float>(dot / std::sqrt(squares_ * SquaresOf(reference)))};
}

Explanation PreparedFace::Explain(std::string_view reference) const {
  return {.score = Compare(reference), .pairs = {}};
}

}  // namespace distinct::face
