#include "matchers/face/quality.h"

#include <cmath>

namespace distinct::face {

namespace {

constexpr float kScoreTrusted = 0.97F;
constexpr float kNormMin = 1.6F;           // with a trusted score
constexpr float kNormMinUntrusted = 3.0F;  // without

// Logistic regression of "accepted at FMR 1e-4" on the smaller norm of each of 2,163 mated pairs of
// lfwa and celeba (the half of the identities that calibration.h names). On the other half, norms
// of 2.3 to 2.6, 2.8 to 3.0 and above 3.7 were accepted in 45, 78 and 99.8 %; this says 62, 87
// and 99.
constexpr float kSlope = 3.24F;
constexpr float kOffset = 7.44F;

}  // namespace

bool IsFace(float detection_score, float norm) {
  return norm >= (detection_score >= kScoreTrusted ? kNormMin : kNormMinUntrusted);
}

Quality QualityOfNorm(float norm) {
  const float accepted = 1 / (1 + std::exp(kOffset - kSlope * norm));
  return {static_cast<int>(std::lround(100 * accepted))};
}

}  // namespace distinct::face
