#include "matchers/finger/calibration.h"

#include <algorithm>
#include <array>

namespace distinct::finger {
namespace {

// distinct eval finger --set (the six FVC development sets) --scores S.tsv;
// tools/calibration/fit_finger.py S.tsv. Fitted on the fingers with odd numbers (840 mated, 3,840
// non-mated pairs), judged on the even ones: Cllr 0.056 bits, no non-mated pair above 6.9. Beyond
// the data (about 8 nats) the ratio follows the exponential tail of the non-mated scores, a factor
// e every 0.0109, and is cut at 18.
constexpr float kStep = 0.02F;
constexpr std::array<float, 15> kKnots = {-3.50F, -3.50F, -3.50F, -3.50F, -2.05F,
                                          0.25F,  2.45F,  4.59F,  6.68F,  8.71F,
                                          10.66F, 12.57F, 14.44F, 16.30F, 18.00F};

}  // namespace

Llr CalibrateScore(ComparisonScore score) {
  const float at = std::max(0.0F, score.value) / kStep;
  if (at >= static_cast<float>(kKnots.size() - 1)) return {kKnots.back()};
  const auto i = static_cast<size_t>(at);
  const float part = at - static_cast<float>(i);
  return {kKnots[i] * (1 - part) + kKnots[i + 1] * part};
}

}  // namespace distinct::finger
