#include "matchers/image/caption.h"

#include <opencv2/imgproc.hpp>
#include <string>

namespace distinct::image {

GreyImage Caption(std::string_view text, int width_px) {
  constexpr double kScale = 0.45;
  constexpr int kLeftPx = 4, kBaselinePx = 16;
  GreyImage out{width_px, kCaptionHeightPx, 0, {}};
  out.pixels.assign(static_cast<size_t>(width_px) * kCaptionHeightPx, 255);
  cv::Mat1b pixels(kCaptionHeightPx, width_px, out.pixels.data());
  cv::putText(pixels, std::string(text), {kLeftPx, kBaselinePx}, cv::FONT_HERSHEY_SIMPLEX, kScale,
              0, 1, cv::LINE_AA);
  return out;
}

}  // namespace distinct::image
