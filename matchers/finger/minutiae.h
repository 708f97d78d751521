// Minutiae: where a ridge ends or forks. Crossing number on the skeleton, then the removal of what
// noise makes: spurs, islands, bridges, loops, cuts and everything at the finger's edge.
//
// Crossing number: Rutovitz, "Pattern recognition", J. R. Stat. Soc. A 129(4), 1966. Position and
// direction as in ISO/IEC 19794-2: an ending points into its ridge; a bifurcation into the valley
// between its two closest branches; angles counter-clockwise as displayed.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "matchers/finger/enhancement.h"
#include "matchers/finger/orientation.h"
#include "matchers/finger/segmentation.h"
#include "matchers/finger/template.h"

namespace distinct::finger {

// Best first; without codes. May be more than a template holds.
std::vector<Minutia> FindMinutiae(const cv::Mat1b& skeleton, const Segmentation& segmentation,
                                  const OrientationField& orientation, const Enhanced& enhanced);

}  // namespace distinct::finger
