#include "matchers/image/resolution.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"

namespace distinct::image {

absl::Status CheckDpi(double dpi) {
  if (dpi >= kDpiMin && dpi <= kDpiMax) return absl::OkStatus();  // a NaN is refused too
  return absl::InvalidArgumentError(absl::StrCat("dpi: got ", dpi, ", want ", kDpiMin, " to ",
                                                 kDpiMax, "; send the scanner's true resolution"));
}

absl::StatusOr<GreyImage> ToResolution(GreyImage picture, double dpi, double target_dpi) {
  RETURN_IF_ERROR(CheckDpi(dpi));
  const double scale = target_dpi / dpi;
  picture.dpi = target_dpi;
  if (std::abs(scale - 1) <= 0.005 || picture.pixels.empty()) return picture;

  return Guard("opencv", [&]() -> absl::StatusOr<GreyImage> {
    const cv::Mat from(picture.height_px, picture.width_px, CV_8U, picture.pixels.data());
    GreyImage result;
    result.width_px = std::max(1, static_cast<int>(std::lround(picture.width_px * scale)));
    result.height_px = std::max(1, static_cast<int>(std::lround(picture.height_px * scale)));
    result.dpi = target_dpi;
    result.pixels.resize(static_cast<size_t>(result.width_px) *
                         static_cast<size_t>(result.height_px));
    cv::Mat to(result.height_px, result.width_px, CV_8U, result.pixels.data());
    cv::resize(from, to, to.size(), 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    return result;
  });
}

}  // namespace distinct::image
