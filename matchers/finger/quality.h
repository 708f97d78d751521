// Quality of a fingerprint for comparison, and what an operator can do about it.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "matchers/finger/minutia_network.h"
#include "matchers/finger/template.h"

namespace distinct::finger {

struct QualityReport {
  Quality quality;
  // Of SMALL_AREA (place the finger flat), LOW_CONTRAST (clean the sensor, press harder), DRY
  // (moisten the finger), WET (dry the finger), NO_RIDGES (worn or smeared), FEW_MINUTIAE (capture
  // again).
  std::vector<std::string> flags;
};

// Mean presence of the 24 most certain minutiae, missing ones as 0: what predicts a comparison's
// errors best (decisions/0005). `grey` at 500 dpi, `context` of it.
QualityReport AssessQuality(const cv::Mat1b& grey, const cv::Mat_<int8_t>& context,
                            const FoundMinutiae& found);

// How many of the minutiae are true, as the network sees it.
double ExpectedMinutiae(const FoundMinutiae& found);

// Area of the finger in contact, in pixels at 500 dpi.
double FingerArea(const FoundMinutiae& found);

}  // namespace distinct::finger
