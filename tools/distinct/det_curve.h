// Detection error tradeoff (ISO/IEC 19795-1): FNMR at every FMR, by the definitions of rates.h.
// Pure; specified by tests/tools/distinct/det_curve_test.cc.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "tools/distinct/rates.h"

namespace distinct::cli {

// From this FMR on, up to the next point's, FNMR is `fnmr`: a staircase, nothing interpolated.
struct DetPoint {
  double fmr = 0;
  double fnmr = 0;
};

// By rising FMR, the first at FMR 0; a point only where FNMR falls, so never more than there are
// mated scores. Empty without at least one mated and one non-mated pair.
// REQUIRES: both by falling score, none NaN.
std::vector<DetPoint> DetCurve(absl::Span<const WeightedScore> mated,
                               absl::Span<const WeightedScore> nonmated);

}  // namespace distinct::cli
