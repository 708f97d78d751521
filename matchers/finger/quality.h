// Quality of a fingerprint for comparison, and what an operator can do about it.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "matchers/finger/minutia_network.h"
#include "matchers/finger/template.h"

namespace distinct::finger {

// What is measured on a print; the flags are these against fixed limits.
struct PrintFacts {
  double area_px = 0;        // of the finger in contact, at 500 dpi
  double contrast_grey = 0;  // mean deviation of grey within the cells of the finger
  // Third moment of the normalised values inside the finger: below zero ridges are thinner than
  // furrows, above zero thicker.
  double skewness = 0;
  double certainty = 0;   // mean presence of the minutiae
  int sure_minutiae = 0;  // of kPresenceSure and more
};

struct QualityReport {
  Quality quality;
  PrintFacts facts;
  // Of SMALL_AREA (place the finger flat), LOW_CONTRAST (clean the sensor, press harder), DRY
  // (moisten the finger), WET (dry the finger), NO_RIDGES (worn or smeared), FEW_MINUTIAE (capture
  // again). How often each is right: decisions/0005.
  std::vector<std::string> flags;
};

// Quality: mean presence of the 24 most certain minutiae, missing ones as 0, which
// predicts a comparison's errors (decisions/0002). `grey` at 500 dpi, `context` of it.
QualityReport AssessQuality(const cv::Mat1b& grey, const cv::Mat_<int8_t>& context,
                            const FoundMinutiae& found);

// How many of the minutiae are true, as the network sees it.
double ExpectedMinutiae(const FoundMinutiae& found);

}  // namespace distinct::finger
