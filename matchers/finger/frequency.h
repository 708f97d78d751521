// Ridge period: distance from ridge to ridge, everywhere on the finger.
//
// The x-signature of Hong, Wan and Jain ("Fingerprint image enhancement", IEEE TPAMI 20(8), 1998):
// grey values averaged along the ridge and read across it; the period is the strongest of its
// spectrum, not the distance of peaks, so that noise moves it little.
#pragma once

#include <opencv2/core.hpp>

#include "matchers/finger/orientation.h"

namespace distinct::finger {

// Adults have 6 to 13 px at 500 dpi, children less, wide bases and stretched skin more.
inline constexpr float kPeriodMinPx = 5;
inline constexpr float kPeriodMaxPx = 15;

struct PeriodField {
  cv::Mat1f period_px;   // on the grid of OrientationField
  float median_px = 0;   // of the places that were measured
  float confidence = 0;  // mean share of the signature's energy at the period, [0, 1]
};

PeriodField EstimatePeriod(const cv::Mat1f& image, const OrientationField& orientation,
                           const cv::Mat1b& mask);

}  // namespace distinct::finger
