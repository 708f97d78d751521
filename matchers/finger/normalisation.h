// Local normalisation of a picture: zero mean and unit deviation around every pixel.
//
// (I - mean) / (deviation + floor), mean and deviation over two passes of a box (near Gaussian),
// edges repeated. floor = a quarter of the deviation's 90th percentile + 0.5 grey levels: without
// it, sensor noise on empty ground would be blown up to full strength. The networks were trained on
// exactly this.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace distinct::finger {

// Keeps its scratch pictures between calls, since fresh pages cost more than the arithmetic:
// thread-compatible, one an extractor.
class LocalNormaliser {
 public:
  // Values in [-2.5, 2.5] as large as `grey`; valid until the next call. `radius_px`: of each box.
  const cv::Mat1f& Normalise(const cv::Mat1f& grey, int radius_px);

 private:
  void BoxTwice(const cv::Mat1f& in, int radius_px, cv::Mat1f& out);

  cv::Mat1f once_, mean_, centred_, deviation_;
  std::vector<float> sampled_;
};

}  // namespace distinct::finger
