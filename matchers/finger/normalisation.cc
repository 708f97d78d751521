#include "matchers/finger/normalisation.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace distinct::finger {
namespace {

constexpr float kClip = 2.5F;
constexpr int kPercentileStride = 37;  // a sample of the pixels is enough, and prime to row lengths

cv::Mat1f BoxTwice(const cv::Mat1f& in, int radius_px) {
  const cv::Size size(2 * radius_px + 1, 2 * radius_px + 1);
  cv::Mat1f once, twice;
  cv::boxFilter(in, once, CV_32F, size, {-1, -1}, true, cv::BORDER_REPLICATE);
  cv::boxFilter(once, twice, CV_32F, size, {-1, -1}, true, cv::BORDER_REPLICATE);
  return twice;
}

float Percentile90(const cv::Mat1f& values) {
  std::vector<float> sampled;
  sampled.reserve(values.total() / kPercentileStride + 1);
  const float* data = values.ptr<float>();
  for (size_t i = 0; i < values.total(); i += kPercentileStride) sampled.push_back(data[i]);
  const auto at = sampled.begin() + static_cast<std::ptrdiff_t>(sampled.size() * 9 / 10);
  std::nth_element(sampled.begin(), at, sampled.end());
  return *at;
}

}  // namespace

NormalisedImage NormaliseLocally(const cv::Mat1f& grey, int radius_px) {
  NormalisedImage out;
  const cv::Mat1f centred(grey - BoxTwice(grey, radius_px));
  cv::Mat1f variance = BoxTwice(cv::Mat1f(centred.mul(centred)), radius_px);
  // Running sums leave tiny negatives on flat background; their root would be NaN.
  cv::max(variance, 0, variance);
  cv::sqrt(variance, out.deviation);
  const float floor = 0.25F * Percentile90(out.deviation) + 0.5F;
  out.value = centred / (out.deviation + floor);
  cv::min(out.value, kClip, out.value);
  cv::max(out.value, -kClip, out.value);
  return out;
}

}  // namespace distinct::finger
