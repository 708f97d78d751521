#include "matchers/finger/calibration.h"

#include <algorithm>
#include <array>

namespace distinct::finger {
namespace {

// distinct eval finger --set (the six FVC development sets) --scores S.tsv;
// tools/calibration/fit.py S.tsv. Fitted on the fingers with odd numbers, judged on the even ones:
// calibration loss there 0.07 bits, no non-mated pair above 6.9. Beyond the data (about 8 nats at
// one non-mated pair in 3,840) the ratio follows the exponential tail of the non-mated scores, a
// factor e every 0.0134, and is cut at 18.
constexpr float kStep = 0.02F;
constexpr std::array<float, 18> kKnots = {-3.50F, -3.50F, -3.50F, -2.86F, -0.93F, 0.88F,
                                          2.57F,  4.16F,  5.68F,  7.19F,  8.70F,  10.21F,
                                          11.71F, 13.20F, 14.72F, 16.28F, 17.86F, 18.00F};

}  // namespace

Llr CalibrateScore(ComparisonScore score) {
  const float at = std::max(0.0F, score.value) / kStep;
  if (at >= static_cast<float>(kKnots.size() - 1)) return {kKnots.back()};
  const auto i = static_cast<size_t>(at);
  const float part = at - static_cast<float>(i);
  return {kKnots[i] * (1 - part) + kKnots[i + 1] * part};
}

}  // namespace distinct::finger
