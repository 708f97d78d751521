#include "matchers/finger/enhancement.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "matchers/kernels/oriented_filter.h"

namespace distinct::finger {
namespace {

using kernels::kOrientedBefore;
using kernels::kOrientedColumns;
using kernels::kOrientedFloats;
using kernels::kOrientedRows;

constexpr int kOrientations = 32;
constexpr int kPeriodSteps = 14;
constexpr float kPeriodFirstPx = kPeriodMinPx;
constexpr float kPeriodStepPx = 0.75F;
// Envelope: across, in periods; along, in pixels. Wider across blurs where the period changes,
// longer along bends curved ridges.
constexpr float kSigmaAcrossPeriods = 0.42F;
constexpr float kSigmaAlongPx = 4.5F;
constexpr float kGain = 4;  // of the soft limit x / (1 + |x|) between the passes
constexpr double kReliabilitySigmaPx = 10;

void FillKernel(float* kernel, float angle_rad, float period_px) {
  const float c = std::cos(angle_rad);
  const float s = std::sin(angle_rad);
  const float across_sigma = kSigmaAcrossPeriods * period_px;
  float sum = 0;
  float envelope_sum = 0;
  std::vector<float> envelope(kOrientedFloats, 0);
  for (int i = 0; i < kOrientedRows; ++i) {
    for (int j = 0; j < kOrientedColumns - 1; ++j) {
      const auto dx = static_cast<float>(j - kOrientedBefore);
      const auto dy = static_cast<float>(i - kOrientedBefore);
      const float along = c * dx - s * dy;  // y down, angle counter-clockwise
      const float across = s * dx + c * dy;
      const float e = std::exp(-along * along / (2 * kSigmaAlongPx * kSigmaAlongPx) -
                               across * across / (2 * across_sigma * across_sigma));
      const float g = e * std::cos(2 * std::numbers::pi_v<float> * across / period_px);
      const auto at = static_cast<size_t>(i * kOrientedColumns + j);
      envelope[at] = e;
      kernel[at] = g;
      sum += g;
      envelope_sum += e;
    }
  }
  float magnitude = 0;
  for (size_t at = 0; at < static_cast<size_t>(kOrientedFloats); ++at) {
    kernel[at] -= sum / envelope_sum * envelope[at];  // no answer to plain grey
    magnitude += std::fabs(kernel[at]);
  }
  for (size_t at = 0; at < static_cast<size_t>(kOrientedFloats); ++at) kernel[at] /= magnitude;
}

// One kernel a cell of the field, which is a cell of the filter.
static_assert(kFieldStepPx == kernels::kOrientedCellPx);

cv::Mat_<uint16_t> ChooseKernels(const OrientationField& orientation, const PeriodField& period,
                                 const cv::Mat1b& mask) {
  cv::Mat_<uint16_t> index(orientation.cos2.size(), kernels::kNoKernel);
  cv::Mat1f turn_deg;
  cv::phase(orientation.cos2, orientation.sin2, turn_deg, true);  // double angle, [0, 360)
  for (int y = 0; y < index.rows; ++y) {
    for (int x = 0; x < index.cols; ++x) {
      if (mask(y * kFieldStepPx, x * kFieldStepPx) == 0) continue;
      const int o =
          static_cast<int>(turn_deg(y, x) * (kOrientations / 360.0F) + 0.5F) % kOrientations;
      const int p = std::clamp(
          static_cast<int>((period.period_px(y, x) - kPeriodFirstPx) / kPeriodStepPx + 0.5F), 0,
          kPeriodSteps - 1);
      index(y, x) = static_cast<uint16_t>(o * kPeriodSteps + p);
    }
  }
  return index;
}

}  // namespace

RidgeFilter::RidgeFilter()
    : bank_(static_cast<size_t>(kOrientations) * kPeriodSteps * kOrientedFloats) {
  for (int o = 0; o < kOrientations; ++o) {
    for (int p = 0; p < kPeriodSteps; ++p) {
      FillKernel(&bank_[static_cast<size_t>(o * kPeriodSteps + p) * kOrientedFloats],
                 static_cast<float>(o) * std::numbers::pi_v<float> / kOrientations,
                 kPeriodFirstPx + kPeriodStepPx * static_cast<float>(p));
    }
  }
}

cv::Mat1f RidgeFilter::Pass(const cv::Mat1f& image, const cv::Mat_<uint16_t>& index) const {
  const cv::Size whole(index.cols * kFieldStepPx, index.rows * kFieldStepPx);
  cv::Mat1f padded;
  cv::copyMakeBorder(image, padded, kOrientedBefore,
                     kernels::kOrientedAfter + whole.height - image.rows, kOrientedBefore,
                     kernels::kOrientedAfter + whole.width - image.cols, cv::BORDER_REFLECT);
  cv::Mat1f out(whole);
  kernels::FilterOriented({.in = padded.ptr<float>(kOrientedBefore) + kOrientedBefore,
                           .in_stride = static_cast<int>(padded.step1()),
                           .cells_x = index.cols,
                           .cells_y = index.rows,
                           .kernel_index = index.ptr<uint16_t>(),
                           .bank = bank_.data(),
                           .out = out.ptr<float>()});
  return out(cv::Rect({0, 0}, image.size()));
}

Enhanced RidgeFilter::Apply(const cv::Mat1f& image, const OrientationField& orientation,
                            const PeriodField& period, const cv::Mat1b& mask) const {
  const cv::Mat_<uint16_t> index = ChooseKernels(orientation, period, mask);
  const cv::Mat1f first = Pass(cv::Mat1f(-image), index);  // dark ridges become positive
  Enhanced out;
  cv::Mat1f explained = ToCells(cv::Mat1f(first.mul(first)));
  cv::Mat1f present = ToCells(cv::Mat1f(image.mul(image)));
  const double sigma_cells = kReliabilitySigmaPx / kFieldStepPx;
  cv::GaussianBlur(explained, explained, {}, sigma_cells);
  cv::GaussianBlur(present, present, {}, sigma_cells);
  // A pure wave keeps about 0.6 of its amplitude under a unit-L1 Gabor kernel: 0.36 of its power.
  out.reliability = explained / (0.36F * present + 0.02F);
  cv::min(out.reliability, 1.0F, out.reliability);
  const cv::Mat1f scaled(kGain * first);
  const cv::Mat1f limited(scaled / (1.0F + cv::abs(scaled)));
  out.ridge = Pass(limited, index);
  return out;
}

}  // namespace distinct::finger
