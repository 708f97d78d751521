#include "matchers/finger/frequency.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace distinct::finger {
namespace {

constexpr int kStridePx = 12;  // from one measured place to the next
constexpr int kAcross = 48;    // samples across the ridges, 1 px apart: four wide periods
constexpr int kAlong = 16;     // averaged along the ridge, 2 px apart
constexpr float kAlongStepPx = 2;
constexpr int kPeriods = 24;      // tried, evenly spaced in frequency
constexpr float kFallbackPx = 9;  // mean of adults at 500 dpi (Hong, Wan and Jain)
constexpr double kSmoothSigmaPx = 28;
// A place whose period holds less of the signature's energy tells nothing.
constexpr float kShareMin = 0.35F;

using Signature = std::array<float, kAcross>;

struct Spectrum {
  std::array<Signature, kPeriods> cosine;
  std::array<Signature, kPeriods> sine;

  Spectrum() {
    for (int k = 0; k < kPeriods; ++k) {
      const float w = 2 * std::numbers::pi_v<float> * FrequencyOf(static_cast<float>(k));
      for (int i = 0; i < kAcross; ++i) {
        const float t = static_cast<float>(i) - (kAcross - 1) / 2.0F;
        cosine[static_cast<size_t>(k)][static_cast<size_t>(i)] = std::cos(w * t);
        sine[static_cast<size_t>(k)][static_cast<size_t>(i)] = std::sin(w * t);
      }
    }
  }

  static float FrequencyOf(float k) {
    constexpr float kLow = 1 / kPeriodMaxPx;
    constexpr float kHigh = 1 / kPeriodMinPx;
    return kLow + (kHigh - kLow) * k / (kPeriods - 1);
  }
};

// Windowed (Hann) and without its mean.
Signature ReadAcross(const cv::Mat1f& image, float x, float y, float angle_rad) {
  const float c = std::cos(angle_rad);
  const float s = std::sin(angle_rad);
  Signature out{};
  for (int i = 0; i < kAcross; ++i) {
    const float v = static_cast<float>(i) - (kAcross - 1) / 2.0F;
    float sum = 0;
    for (int j = 0; j < kAlong; ++j) {
      const float u = (static_cast<float>(j) - (kAlong - 1) / 2.0F) * kAlongStepPx;
      const int px =
          std::clamp(static_cast<int>(std::lround(x + c * u + s * v)), 0, image.cols - 1);
      const int py =
          std::clamp(static_cast<int>(std::lround(y - s * u + c * v)), 0, image.rows - 1);
      sum += image(py, px);
    }
    out[static_cast<size_t>(i)] = sum / kAlong;
  }
  float mean = 0;
  for (float v : out) mean += v / kAcross;
  for (int i = 0; i < kAcross; ++i) {
    const float hann = 0.5F - 0.5F * std::cos(2 * std::numbers::pi_v<float> *
                                              (static_cast<float>(i) + 0.5F) / kAcross);
    out[static_cast<size_t>(i)] = (out[static_cast<size_t>(i)] - mean) * hann;
  }
  return out;
}

struct Peak {
  float period_px = 0;
  float share = 0;  // of the energy; 0: no peak inside the range
};

Peak StrongestPeriod(const Signature& signature, const Spectrum& spectrum) {
  std::array<float, kPeriods> power{};
  float energy = 1e-6F;
  for (float v : signature) energy += v * v;
  int best = 0;
  for (int k = 0; k < kPeriods; ++k) {
    float re = 0;
    float im = 0;
    for (int i = 0; i < kAcross; ++i) {
      re += signature[static_cast<size_t>(i)] *
            spectrum.cosine[static_cast<size_t>(k)][static_cast<size_t>(i)];
      im += signature[static_cast<size_t>(i)] *
            spectrum.sine[static_cast<size_t>(k)][static_cast<size_t>(i)];
    }
    power[static_cast<size_t>(k)] = re * re + im * im;
    if (power[static_cast<size_t>(k)] > power[static_cast<size_t>(best)]) best = k;
  }
  if (best == 0 || best == kPeriods - 1) return {};
  const float a = power[static_cast<size_t>(best) - 1];
  const float b = power[static_cast<size_t>(best)];
  const float c = power[static_cast<size_t>(best) + 1];
  const float shift = 0.5F * (a - c) / (a - 2 * b + c - 1e-9F);
  // A pure wave under a Hann window has |DFT|^2 = energy * n / 3.
  const float share = std::min(1.0F, b / (energy * kAcross / 3.0F));
  return {1 / Spectrum::FrequencyOf(static_cast<float>(best) + shift), share};
}

}  // namespace

PeriodField EstimatePeriod(const cv::Mat1f& image, const OrientationField& orientation,
                           const cv::Mat1b& mask) {
  const Spectrum spectrum;
  const cv::Size places((image.cols + kStridePx - 1) / kStridePx,
                        (image.rows + kStridePx - 1) / kStridePx);
  cv::Mat1f weighted(places, 0.0F);
  cv::Mat1f weight(places, 0.0F);
  std::vector<float> measured;
  float share_sum = 0;
  int tried = 0;
  for (int i = 0; i < places.height; ++i) {
    for (int j = 0; j < places.width; ++j) {
      const int x = std::min(j * kStridePx + kStridePx / 2, image.cols - 1);
      const int y = std::min(i * kStridePx + kStridePx / 2, image.rows - 1);
      if (mask(y, x) == 0) continue;
      const auto fx = static_cast<float>(x);
      const auto fy = static_cast<float>(y);
      const Peak peak =
          StrongestPeriod(ReadAcross(image, fx, fy, orientation.AngleAt(fx, fy)), spectrum);
      ++tried;
      share_sum += peak.share;
      if (peak.share < kShareMin) continue;
      measured.push_back(peak.period_px);
      const float w = peak.share * peak.share;
      weighted(i, j) = w * peak.period_px;
      weight(i, j) = w;
    }
  }
  PeriodField out;
  out.median_px = kFallbackPx;
  if (!measured.empty()) {
    const auto middle = measured.begin() + static_cast<std::ptrdiff_t>(measured.size() / 2);
    std::nth_element(measured.begin(), middle, measured.end());
    out.median_px = *middle;
  }
  out.confidence = tried > 0 ? share_sum / static_cast<float>(tried) : 0;
  // A weak pull to the median fills places where nothing was measured.
  constexpr float kPull = 0.02F;
  cv::GaussianBlur(weighted, weighted, {}, kSmoothSigmaPx / kStridePx, 0, cv::BORDER_REPLICATE);
  cv::GaussianBlur(weight, weight, {}, kSmoothSigmaPx / kStridePx, 0, cv::BORDER_REPLICATE);
  const cv::Mat1f coarse((weighted + kPull * out.median_px) / (weight + kPull));
  cv::resize(coarse, out.period_px, orientation.cos2.size(), 0, 0, cv::INTER_LINEAR);
  return out;
}

}  // namespace distinct::finger
