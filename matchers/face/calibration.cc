#include "matchers/face/calibration.h"

#include <algorithm>

namespace distinct::face {
namespace {

constexpr float kSlope = 20.2F;
constexpr float kOffset = -5.5F;

}  // namespace

Llr CalibrateFace(ComparisonScore score) {
  return {std::clamp(kSlope * score.value + kOffset, kFaceLlrMin, kFaceLlrMax)};
}

}  // namespace distinct::face
