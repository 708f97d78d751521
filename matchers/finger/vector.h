// A finger as one point: the first stage of a search compares these, 1 byte a dimension.
#pragma once

#include <cstdint>
#include <vector>

#include "matchers/finger/template.h"

namespace distinct::finger {

inline constexpr int kVectorDimensions = 128;
inline constexpr float kVectorScale = 127;  // a unit vector times this, rounded to int8

// REQUIRES: ValidateTemplate(bytes) is OK.
std::vector<int8_t> FingerVector(TemplateView view);

}  // namespace distinct::finger
