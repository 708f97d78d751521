// What a comparison score of two fingers is worth as evidence.
#pragma once

#include "matchers/types.h"

namespace distinct::finger {

// Log-likelihood ratio of "one finger" against "two fingers"; monotone, piecewise linear, bounded
// on both sides. Table, data and command: calibration.cc.
Llr CalibrateScore(ComparisonScore score);

// The score that is worth as much as `raw`, that of a comparison by cylinders (cylinder.h): these
// lie on a scale of their own, and callers know one. Bounded as CalibrateScore().
ComparisonScore ScoreOfCylinders(float raw);

}  // namespace distinct::finger
