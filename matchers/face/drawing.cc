#include "matchers/face/drawing.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "matchers/image/encode.h"

namespace distinct::face {
namespace {

cv::Point ToPixel(float x_px, float y_px) {
  return {static_cast<int>(std::lround(x_px)), static_cast<int>(std::lround(y_px))};
}

}  // namespace

std::string DrawFace(const FoundFace& found) {
  const cv::Scalar green(80, 220, 80);
  const cv::Scalar orange(0, 140, 255);
  image::BgrImage picture = found.upright;
  cv::Mat canvas(picture.height_px, picture.width_px, CV_8UC3, picture.pixels.data());
  const Box& box = found.detected.box;
  const int line_px = std::max(1, static_cast<int>(box.height_px() / 100));
  cv::rectangle(canvas, ToPixel(box.left_px, box.top_px), ToPixel(box.right_px, box.bottom_px),
                green, line_px, cv::LINE_AA);
  for (const Point& point : found.points) {
    cv::circle(canvas, ToPixel(point.x_px, point.y_px), 2 * line_px, orange, cv::FILLED,
               cv::LINE_AA);
  }
  return image::EncodePng(picture);
}

}  // namespace distinct::face
