// The bytes of a face template. Grammar, example and version rule: matchers/face/FORMAT.md.
// Specified by tests/matchers/face/template_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "matchers/face/embedding.h"
#include "matchers/types.h"

namespace distinct::face {

inline constexpr size_t kTemplateBytes = 532;

struct TemplateHead {
  Quality quality;
  int faces = 1;   // found in the picture, at most 255
  float norm = 0;  // Embedding::norm, from which quality can be mapped anew
};

// The direction is scaled so that its largest value becomes 127, and rounded.
std::string SerialiseTemplate(const Embedding& embedding, const TemplateHead& head,
                              uint32_t version);

// INVALID_ARGUMENT: no face template, of another version, or damaged; the message says which.
absl::Status ValidateTemplate(std::string_view bytes, uint32_t version);

// REQUIRES for all below: `bytes` passed ValidateTemplate().
TemplateHead HeadOf(std::string_view bytes);
// kEmbeddingDimensions values; a view into `bytes`.
const int8_t* ValuesOf(std::string_view bytes);
// Sum of the squares of the values.
uint32_t SquaresOf(std::string_view bytes);
// The direction on one scale for all templates, 127 = 0.25 (larger values are cut to it; measured
// equal to a scale per template): an inner product ranks like the cosine.
std::vector<int8_t> FixedScaleVector(std::string_view bytes);

}  // namespace distinct::face
