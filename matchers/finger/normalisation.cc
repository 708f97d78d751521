#include "matchers/finger/normalisation.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace distinct::finger {
namespace {

constexpr float kClip = 2.5F;
constexpr int kPercentileStride = 37;  // a sample is enough; prime: seldom in the same columns

float Percentile90(const cv::Mat1f& values, std::vector<float>& sampled) {
  sampled.clear();
  const float* data = values.ptr<float>();
  for (size_t i = 0; i < values.total(); i += kPercentileStride) sampled.push_back(data[i]);
  const auto at = sampled.begin() + static_cast<std::ptrdiff_t>(sampled.size() * 9 / 10);
  std::nth_element(sampled.begin(), at, sampled.end());
  return *at;
}

}  // namespace

void LocalNormaliser::BoxTwice(const cv::Mat1f& in, int radius_px, cv::Mat1f& out) {
  const cv::Size size(2 * radius_px + 1, 2 * radius_px + 1);
  cv::boxFilter(in, once_, CV_32F, size, {-1, -1}, true, cv::BORDER_REPLICATE);
  cv::boxFilter(once_, out, CV_32F, size, {-1, -1}, true, cv::BORDER_REPLICATE);
}

const cv::Mat1f& LocalNormaliser::Normalise(const cv::Mat1f& grey, int radius_px) {
  BoxTwice(grey, radius_px, mean_);
  cv::subtract(grey, mean_, centred_);
  cv::multiply(centred_, centred_, mean_);
  BoxTwice(mean_, radius_px, deviation_);
  // Running sums leave tiny negatives on flat background; their root would be NaN.
  cv::max(deviation_, 0, deviation_);
  cv::sqrt(deviation_, deviation_);
  cv::add(deviation_, 0.25 * Percentile90(deviation_, sampled_) + 0.5, deviation_);
  cv::divide(centred_, deviation_, centred_);
  cv::min(centred_, kClip, centred_);
  cv::max(centred_, -kClip, centred_);
  return centred_;
}

}  // namespace distinct::finger
