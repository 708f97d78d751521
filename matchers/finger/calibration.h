// What a comparison score of two fingers is worth as evidence.
#pragma once

#include "matchers/types.h"

namespace distinct::finger {

// Log-likelihood ratio of "one finger" against "two fingers"; monotone, piecewise linear, bounded
// on both sides. Table, data, command and interval: calibration.cc.
Llr CalibrateScore(ComparisonScore score);

}  // namespace distinct::finger
