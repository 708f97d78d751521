#include "matchers/finger/orientation.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace distinct::finger {
namespace {

// Half a ridge period of smoothing before the derivative, then averages over about one and two
// and a half periods (9 px at 500 dpi).
constexpr double kDerivativeSigmaPx = 1.2;
constexpr double kNarrowSigmaPx = 9;
constexpr double kWideSigmaPx = 22;
constexpr float kWideWeight = 0.25F;

cv::Mat1f TwoScales(const cv::Mat1f& cells) {
  cv::Mat1f narrow, wide;
  cv::GaussianBlur(cells, narrow, {}, kNarrowSigmaPx / kFieldStepPx, 0, cv::BORDER_REPLICATE);
  cv::GaussianBlur(cells, wide, {}, kWideSigmaPx / kFieldStepPx, 0, cv::BORDER_REPLICATE);
  return cv::Mat1f(narrow + kWideWeight * wide);
}

}  // namespace

cv::Mat1f ToCells(const cv::Mat1f& full) {
  cv::Mat1f padded;
  const int right = (kFieldStepPx - full.cols % kFieldStepPx) % kFieldStepPx;
  const int bottom = (kFieldStepPx - full.rows % kFieldStepPx) % kFieldStepPx;
  cv::copyMakeBorder(full, padded, 0, bottom, 0, right, cv::BORDER_REPLICATE);
  cv::Mat1f cells;
  cv::resize(padded, cells, {padded.cols / kFieldStepPx, padded.rows / kFieldStepPx}, 0, 0,
             cv::INTER_AREA);
  return cells;
}

float SampleField(const cv::Mat1f& grid, float x_px, float y_px) {
  const float gx =
      std::clamp((x_px + 0.5F) / kFieldStepPx - 0.5F, 0.0F, static_cast<float>(grid.cols) - 1.001F);
  const float gy =
      std::clamp((y_px + 0.5F) / kFieldStepPx - 0.5F, 0.0F, static_cast<float>(grid.rows) - 1.001F);
  const int x = std::max(0, static_cast<int>(gx));
  const int y = std::max(0, static_cast<int>(gy));
  const int x1 = std::min(x + 1, grid.cols - 1);
  const int y1 = std::min(y + 1, grid.rows - 1);
  const float fx = std::max(0.0F, gx - static_cast<float>(x));
  const float fy = std::max(0.0F, gy - static_cast<float>(y));
  const float top = grid(y, x) * (1 - fx) + grid(y, x1) * fx;
  const float bottom = grid(y1, x) * (1 - fx) + grid(y1, x1) * fx;
  return top * (1 - fy) + bottom * fy;
}

float OrientationField::AngleAt(float x_px, float y_px) const {
  return 0.5F * std::atan2(SampleField(sin2, x_px, y_px), SampleField(cos2, x_px, y_px));
}

float OrientationField::CoherenceAt(float x_px, float y_px) const {
  return std::min(1.0F, std::hypot(SampleField(sin2, x_px, y_px), SampleField(cos2, x_px, y_px)));
}

OrientationField EstimateOrientation(const cv::Mat1f& image) {
  cv::Mat1f smooth, dx, dy;
  cv::GaussianBlur(image, smooth, {}, kDerivativeSigmaPx, 0, cv::BORDER_REPLICATE);
  cv::Sobel(smooth, dx, CV_32F, 1, 0, 3, 1.0 / 8, 0, cv::BORDER_REPLICATE);
  cv::Sobel(smooth, dy, CV_32F, 0, 1, 3, 1.0 / 8, 0, cv::BORDER_REPLICATE);
  const cv::Mat1f gxx = TwoScales(ToCells(cv::Mat1f(dx.mul(dx))));
  const cv::Mat1f gyy = TwoScales(ToCells(cv::Mat1f(dy.mul(dy))));
  const cv::Mat1f gxy = TwoScales(ToCells(cv::Mat1f(dx.mul(dy))));
  OrientationField out;
  const cv::Mat1f energy(gxx + gyy + 1e-6F);
  // The gradient's double angle is (gxx - gyy, 2 gxy) with y down; the ridge is at right angles to
  // it (sign of both turns) and y up turns the sine once more.
  out.cos2 = (gyy - gxx) / energy;
  out.sin2 = (2 * gxy) / energy;
  return out;
}

}  // namespace distinct::finger
