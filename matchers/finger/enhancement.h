// Contextual enhancement: each pixel filtered along its own ridge, at its own period.
//
// Gabor filters (Hong, Wan and Jain, IEEE TPAMI 20(8), 1998), applied twice with a soft limit
// between: what the first pass joins across a gap, the second takes for ridge.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "matchers/finger/frequency.h"
#include "matchers/finger/orientation.h"

namespace distinct::finger {

struct Enhanced {
  cv::Mat1f ridge;  // positive on ridges, in about [-1, 1]; 0 off the finger
  // On the grid of OrientationField, [0, 1]: how much of the picture's variation the filter
  // explains.
  cv::Mat1f reliability;
};

class RidgeFilter {
 public:
  RidgeFilter();  // builds the bank, some milliseconds: once an extractor

  // `image`: normalised, dark ridges negative.
  Enhanced Apply(const cv::Mat1f& image, const OrientationField& orientation,
                 const PeriodField& period, const cv::Mat1b& mask) const;

 private:
  cv::Mat1f Pass(const cv::Mat1f& image, const cv::Mat_<uint16_t>& index) const;

  std::vector<float> bank_;
};

}  // namespace distinct::finger
