#include "matchers/face/drawing.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "matchers/image/decode.h"
#include "matchers/image/encode.h"
#include "matchers/image/mat.h"
#include "matchers/status.h"

namespace distinct::face {
namespace {

cv::Point ToPixel(float x_px, float y_px) {
  return {static_cast<int>(std::lround(x_px)), static_cast<int>(std::lround(y_px))};
}

// Both fit a screen; a photograph may have ten times as many rows.
constexpr int kBesideHeightPxMax = 1000;

cv::Mat3b OfHeight(const image::BgrImage& picture, int height_px) {
  const double scale = double{1} * height_px / picture.height_px;
  const int width_px = std::max(1, static_cast<int>(std::lround(picture.width_px * scale)));
  cv::Mat3b out;
  cv::resize(image::AsMat(picture), out, {width_px, height_px}, 0, 0,
             scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return out;
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

absl::StatusOr<std::string> DrawBeside(std::string_view probe, std::string_view reference) {
  return Guard("opencv", [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const image::BgrImage left, image::DecodeBgr(probe));
    ASSIGN_OR_RETURN(const image::BgrImage right, image::DecodeBgr(reference));
    const int height_px = std::min(std::max(left.height_px, right.height_px), kBesideHeightPxMax);
    const cv::Mat3b both = image::Beside(OfHeight(left, height_px), OfHeight(right, height_px));
    return image::EncodePng(image::FromMat<image::BgrImage>(both, 0));
  });
}

}  // namespace distinct::face
