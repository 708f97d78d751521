// Local normalisation: every ridge the same strength, flat background left flat.
#pragma once

#include <opencv2/core.hpp>

namespace distinct::finger {

struct NormalisedImage {
  cv::Mat1f value;      // (I - mean) / (deviation + floor), in [-2.5, 2.5]; dark is negative
  cv::Mat1f deviation;  // local standard deviation in grey levels
};

// Mean and variance by two passes of a (2 radius + 1) box each (near Gaussian), edges repeated.
// floor = a quarter of the 90th percentile of the deviation + 0.5: without it, sensor noise on
// empty background would be blown up to full strength. The descriptor's network was trained on
// exactly this with radius 6 at 250 dpi.
NormalisedImage NormaliseLocally(const cv::Mat1f& grey, int radius_px);

}  // namespace distinct::finger
