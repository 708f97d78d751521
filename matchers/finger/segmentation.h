// Which pixels are finger: where the picture varies and the variation runs in ridges.
#pragma once

#include <opencv2/core.hpp>

#include "matchers/finger/orientation.h"

namespace distinct::finger {

struct Segmentation {
  cv::Mat1b mask;         // full size, 255 on the finger
  cv::Mat1f depth_px;     // on the finger: distance to its edge (the picture's edge counts)
  double area_share = 0;  // of the picture
};

// `deviation`: local standard deviation in grey levels (NormaliseLocally at 500 dpi).
Segmentation SegmentFinger(const cv::Mat1f& deviation, const OrientationField& orientation);

// The same without the places that vary but hold no ridges: the rim of the sensor's window, dirt,
// letters. `reliability`: Enhanced::reliability.
Segmentation KeepReliable(const Segmentation& segmentation, const OrientationField& orientation,
                          const cv::Mat1f& reliability);

}  // namespace distinct::finger
