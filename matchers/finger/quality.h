// Quality of a fingerprint for comparison, and what an operator can do about it.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "matchers/finger/enhancement.h"
#include "matchers/finger/frequency.h"
#include "matchers/finger/normalisation.h"
#include "matchers/finger/segmentation.h"
#include "matchers/finger/template.h"

namespace distinct::finger {

struct QualityReport {
  Quality quality;
  // Of SMALL_AREA (place the finger flat), LOW_CONTRAST (clean the sensor, moisten), NO_RIDGES
  // (worn or smeared), FEW_MINUTIAE (capture again).
  std::vector<std::string> flags;
};

// From the finger's area, the reliability of its ridges and the quality of its minutiae: the
// geometric mean of the three shares, so that one bad part is not hidden by the others.
QualityReport AssessQuality(const NormalisedImage& normalised, const Segmentation& segmentation,
                            const Enhanced& enhanced, const PeriodField& period,
                            absl::Span<const Minutia> minutiae);

}  // namespace distinct::finger
