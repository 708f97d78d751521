// Our pixels as a cv::Mat, and two side by side, for the .cc files of matchers/ alone: no public
// header includes this.
#pragma once

#include <algorithm>
#include <opencv2/core.hpp>

#include "matchers/image/image.h"

namespace distinct::image {

// A view without a copy, to be read only: OpenCV's constructor cannot take a const. Valid as long
// as `picture` is neither changed nor destroyed.
inline cv::Mat AsMat(const BgrImage& picture) {
  return cv::Mat(picture.height_px, picture.width_px, CV_8UC3,
                 const_cast<uint8_t*>(picture.pixels.data()));
}

// Copies an 8-bit picture of 1 (GreyImage) or 3 (BgrImage) channels.
template <typename Image>
Image FromMat(const cv::Mat& picture, double dpi) {
  Image image;
  image.width_px = picture.cols;
  image.height_px = picture.rows;
  image.dpi = dpi;
  const size_t row_bytes = static_cast<size_t>(picture.cols) * picture.elemSize();
  image.pixels.reserve(row_bytes * static_cast<size_t>(picture.rows));
  for (int y = 0; y < picture.rows; ++y) {
    const uint8_t* row = picture.ptr<uint8_t>(y);
    image.pixels.insert(image.pixels.end(), row, row + row_bytes);
  }
  return image;
}

inline constexpr int kBesideGapPx = 12;

// On white, tops in line, kBesideGapPx between them.
inline cv::Mat3b Beside(const cv::Mat3b& left, const cv::Mat3b& right) {
  const int right_px = left.cols + kBesideGapPx;
  cv::Mat3b both(std::max(left.rows, right.rows), right_px + right.cols, cv::Vec3b(255, 255, 255));
  left.copyTo(both(cv::Rect(0, 0, left.cols, left.rows)));
  right.copyTo(both(cv::Rect(right_px, 0, right.cols, right.rows)));
  return both;
}

}  // namespace distinct::image
