// How useful a face picture is for comparison, and what a photographer can do about it.
// Specified by tests/matchers/face/quality_test.cc.
#pragma once

#include "matchers/types.h"

namespace distinct::face {

// Below, a turned picture (90, 180, 270 degrees) may do better: it did where faces stood on their
// side or head. 1 % of upright press photos lie below as well.
inline constexpr float kNormSure = 2.6F;

// Whether what the detector found and the embedding says of it are a face together. Neither is
// enough alone: balls and trophies score 0.97 to 1.00 with norms up to 1.5, fingerprints of the FVC
// sets score up to 0.95 with norms up to 2.83, while each of 2,713 photographed faces has a score
// from 0.97 with a norm from 1.69, or a norm from 3.9.
bool IsFace(float detection_score, float norm);

// What a turned picture must reach, besides IsFace(): three more looks find three times as many
// shapes. Fingerprints reach 2.15, the weakest face that stood on its side 2.45.
inline constexpr float kNormTurnedMin = 2.3F;

// 0 to 100, rising with the embedding's norm: 100 times the share of mated pairs, whose worse
// picture has this norm, that are accepted at FMR 1e-4. The norm predicts a miss better than
// sharpness, size, pose or the detector's score (AUC 0.83 against 0.67 for the next).
Quality QualityOfNorm(float norm);

}  // namespace distinct::face
