#include "matchers/finger/calibration.h"

#include <algorithm>
#include <array>

namespace distinct::finger {
namespace {

// distinct eval finger --set (the six FVC development sets) --scores S.tsv;
// tools/calibration/fit_finger.py S.tsv. Fitted on the fingers with odd numbers (840 mated, 3,840
// non-mated pairs), judged on the even ones: Cllr 0.062 bits, no non-mated pair above 6.9. Beyond
// the data (about 8 nats) the ratio follows the exponential tail of the non-mated scores, a factor
// e every 0.0112, and is cut at 18.
constexpr float kStep = 0.02F;
constexpr std::array<float, 16> kKnots = {-3.50F, -3.50F, -3.50F, -3.50F, -1.68F, 0.47F,
                                          2.49F,  4.44F,  6.39F,  8.38F,  10.39F, 12.36F,
                                          14.26F, 16.09F, 17.87F, 18.00F};

// Log ratio of a score by cylinders: a line, which the judged half likes as well as a table. Data,
// command and judgement: decisions/0006.
constexpr float kCylinderSlope = 42;
constexpr float kCylinderZero = 0.26F;

}  // namespace

Llr CalibrateScore(ComparisonScore score) {
  const float at = std::max(0.0F, score.value) / kStep;
  if (at >= static_cast<float>(kKnots.size() - 1)) return {kKnots.back()};
  const auto i = static_cast<size_t>(at);
  const float part = at - static_cast<float>(i);
  return {kKnots[i] * (1 - part) + kKnots[i + 1] * part};
}

// By bisection: the table may be fitted anew, or become another function, without a word here.
ComparisonScore ScoreOfCylinders(float raw) {
  const float llr = kCylinderSlope * (raw - kCylinderZero);
  float low = 0;
  float high = kStep * static_cast<float>(kKnots.size() - 1);
  for (int i = 0; i < 20; ++i) {
    const float middle = (low + high) / 2;
    (CalibrateScore({middle}).value < llr ? low : high) = middle;
  }
  return {high};
}

}  // namespace distinct::finger
