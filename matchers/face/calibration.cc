#include "matchers/face/calibration.h"

#include <algorithm>

namespace distinct::face {
namespace {

constexpr float kKnee = 0.31F;
constexpr float kLlrAtKnee = 0.52F;
constexpr float kSlopeBelow = 16.4F;
constexpr float kSlopeAbove = 40.0F;

}  // namespace

Llr CalibrateFace(ComparisonScore score) {
  const float past = score.value - kKnee;
  const float llr = kLlrAtKnee + (past < 0 ? kSlopeBelow : kSlopeAbove) * past;
  return {std::clamp(llr, kFaceLlrMin, kFaceLlrMax)};
}

}  // namespace distinct::face
