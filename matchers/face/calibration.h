// What a face comparison score is worth as evidence.
//
//   llr = clamp(0.52 + 16.4 min(score - 0.31, 0) + 40.0 max(score - 0.31, 0), -4, 9.9)
//
// Fitted to the log ratio of mated and non-mated shares on the identities of the lfwa and celeba
// development sets whose FNV-1a hash is even (2,163 mated, 469,056 non-mated pairs); on the other
// half (1,872 and 378,331) Cllr is 0.102 and 1 non-mated pair in 90,000 reaches 6.9; a fit there
// gives 0.97, 15.1 and 37.4. Command: tools/calibration/fit_face.py.
// Specified by tests/matchers/face/calibration_test.cc.
#pragma once

#include "matchers/types.h"

namespace distinct::face {

// The ends of what the data can show. Below: even at scores near 0, one mated pair in 70 against
// one non-mated (wrong labels, profiles, sunglasses), so a face never rules a person out. Above:
// ln(20,000). No non-mated pair of 847,387 reached 0.57, but twins, families and a nation's worth
// of faces are not in these sets: at 10 million people an FMR of 1e-5 is 100 wrong candidates, and
// a face alone must not decide.
inline constexpr float kFaceLlrMin = -4.0F;
inline constexpr float kFaceLlrMax = 9.9F;

// Rises with the score, within kFaceLlrMin to kFaceLlrMax. Pure, thread-safe.
Llr CalibrateFace(ComparisonScore score);

}  // namespace distinct::face
