#include "tools/synthesis/ridge_growth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "matchers/kernels/cpu.h"
#include "tools/synthesis/angle.h"

namespace distinct::synthesis {
namespace {

// Reach of the kernels in pixels of their own resolution. The Gaussian window of 0.4 periods is
// cut at 1.5 to 3 deviations; zero mean and unit weight are restored after the cut.
constexpr int kHalfRadius = 4;
constexpr int kFullRadius = 7;
constexpr float kWindowPeriods = 0.4f;
constexpr int kLanes = 16;
constexpr float kFirstGain = 12;  // noise passes the filter weakly: bring it up at once
constexpr float kGain = 4;
constexpr float kCeiling = 1.3f;
constexpr int kFullPasses = 2;

// All kernels of one resolution, rows of 16 taps.
struct KernelBank {
  int radius;
  std::vector<float> taps;

  int rows() const { return 2 * radius + 1; }

  KernelBank(int radius_px, float scale) : radius(radius_px) {
    const auto kernel_taps = static_cast<size_t>(rows() * kLanes);
    taps.resize(kernel_taps * kDirections * kPeriods);
    for (int direction = 0; direction < kDirections; ++direction) {
      for (int period = 0; period < kPeriods; ++period) {
        const auto index = static_cast<size_t>(direction * kPeriods + period);
        Fill(&taps[index * kernel_taps], static_cast<float>(direction) * kPi / kDirections,
             (kPeriodMinPx + kPeriodStepPx * static_cast<float>(period)) * scale);
      }
    }
  }

  void Fill(float* kernel, float direction_rad, float period) const {
    const float across_x = std::sin(direction_rad), across_y = std::cos(direction_rad);
    const float narrowness = 0.5f / (kWindowPeriods * kWindowPeriods * period * period);
    float sum = 0, window_sum = 0;
    std::vector<float> window(static_cast<size_t>(rows() * kLanes));
    for (int y = -radius; y <= radius; ++y) {
      for (int x = -radius; x <= radius; ++x) {
        const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
        const auto tap = static_cast<size_t>((y + radius) * kLanes + x + radius);
        window[tap] = std::exp(-(fx * fx + fy * fy) * narrowness);
        kernel[tap] = window[tap] * std::cos(2 * kPi * (across_x * fx + across_y * fy) / period);
        sum += kernel[tap];
        window_sum += window[tap];
      }
    }
    float weight = 0;
    for (size_t tap = 0; tap < window.size(); ++tap) {
      kernel[tap] -= sum / window_sum * window[tap];
      weight += std::fabs(kernel[tap]);
    }
    for (size_t tap = 0; tap < window.size(); ++tap) kernel[tap] /= weight;
  }
};

// Presses the heights of a row towards +-kCeiling.
void Saturate(float* row, int begin, int end, float gain) {
  for (int x = begin; x < end; ++x) {
    const float height = row[x] * gain;
    row[x] = height / (1 + std::fabs(height)) * kCeiling;
  }
}

FilterRow Filter() {
  static constexpr kernels::PerLevel<FilterRow> kFilters{FilterRowScalar, FilterRowAvx2,
                                                         FilterRowAvx512};
  return kFilters.At(kernels::ActiveLevel());
}

// The kernels of a row of the full resolution: each place of the plan stands for two by two pixels.
void DoubledRow(const GrowthPlan& plan, int half_row, std::vector<uint16_t>& kernels) {
  const uint16_t* source = &plan.kernel[static_cast<size_t>(half_row * plan.width)];
  kernels.resize(static_cast<size_t>(2 * plan.width));
  for (size_t x = 0; x < kernels.size(); ++x) kernels[x] = source[x / 2];
}

}  // namespace

uint16_t KernelIndex(float direction_rad, float period_px) {
  const float turns = direction_rad / kPi;
  const auto direction =
      static_cast<int>((turns - std::floor(turns)) * kDirections + 0.5f) % kDirections;
  const float period = (period_px - kPeriodMinPx) / kPeriodStepPx + 0.5f;
  const int step = std::clamp(static_cast<int>(period), 0, kPeriods - 1);
  return static_cast<uint16_t>(direction * kPeriods + step);
}

void FilterRowScalar(const float* image, int stride, const uint16_t* kernel_of_pixel,
                     const float* kernels, int rows, int begin, int end, float* out) {
  for (int x = begin; x < end; ++x) {
    const float* taps =
        kernels + static_cast<size_t>(kernel_of_pixel[x]) * static_cast<size_t>(rows) * kLanes;
    const float* place = image + x;
    std::array<float, kLanes> lanes{};
    for (int row = 0; row < rows; ++row, taps += kLanes, place += stride) {
      for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += place[lane] * taps[lane];
    }
    for (size_t half = kLanes / 2; half > 0; half /= 2) {
      for (size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
    }
    out[x] = lanes[0];
  }
}

void RidgeGrower::Canvas::Reset(int width, int height) {
  stride_ = width + 2 * kRim;
  values_.assign(static_cast<size_t>(stride_) * static_cast<size_t>(height + 2 * kRim), 0);
}

void RidgeGrower::Seed(Random& random, const GrowthPlan& plan) {
  half_.Reset(plan.width, plan.height);
  half_next_.Reset(plan.width, plan.height);
  full_.Reset(2 * plan.width, 2 * plan.height);
  full_next_.Reset(2 * plan.width, 2 * plan.height);
  for (int y = 0; y < plan.height; ++y) {
    float* row = half_.row(y);
    const auto index = static_cast<size_t>(y);
    for (int x = plan.begin[index]; x < plan.end[index]; ++x) row[x] = random.Gaussian();
  }
}

void RidgeGrower::GrowHalf(const GrowthPlan& plan, int passes) {
  static const KernelBank bank(kHalfRadius, 0.5f);
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < plan.height; ++y) {
      const auto index = static_cast<size_t>(y);
      const int begin = plan.begin[index], end = plan.end[index];
      float* out = half_next_.row(y);
      Filter()(half_.row(y - kHalfRadius) - kHalfRadius, half_.stride(),
               &plan.kernel[index * static_cast<size_t>(plan.width)], bank.taps.data(), bank.rows(),
               begin, end, out);
      Saturate(out, begin, end, pass == 0 ? kFirstGain : kGain);
    }
    std::swap(half_, half_next_);
  }
}

// Bilinear: a half-resolution pixel's centre lies between four full-resolution pixels.
void RidgeGrower::Enlarge(const GrowthPlan& plan) {
  for (int y = 0; y < 2 * plan.height; ++y) {
    const float* near = half_.row(y / 2);
    const float* far = half_.row(y % 2 == 0 ? y / 2 - 1 : y / 2 + 1);
    float* out = full_.row(y);
    const auto index = static_cast<size_t>(y / 2);
    for (int x = plan.begin[index]; x < plan.end[index]; ++x) {
      const float left = 0.75f * near[x - 1] + 0.25f * far[x - 1];
      const float here = 0.75f * near[x] + 0.25f * far[x];
      const float right = 0.75f * near[x + 1] + 0.25f * far[x + 1];
      out[2 * x] = 0.75f * here + 0.25f * left;
      out[2 * x + 1] = 0.75f * here + 0.25f * right;
    }
  }
}

std::vector<int8_t> RidgeGrower::Finish(const GrowthPlan& plan) {
  static const KernelBank bank(kFullRadius, 1.0f);
  const int width = 2 * plan.width, height = 2 * plan.height;
  std::vector<uint16_t> kernels;
  for (int pass = 0; pass < kFullPasses; ++pass) {
    for (int y = 0; y < height; ++y) {
      const auto index = static_cast<size_t>(y / 2);
      const int begin = 2 * plan.begin[index], end = 2 * plan.end[index];
      DoubledRow(plan, y / 2, kernels);
      float* out = full_next_.row(y);
      Filter()(full_.row(y - kFullRadius) - kFullRadius, full_.stride(), kernels.data(),
               bank.taps.data(), bank.rows(), begin, end, out);
      Saturate(out, begin, end, kGain);
    }
    std::swap(full_, full_next_);
  }
  std::vector<int8_t> heights(static_cast<size_t>(width) * static_cast<size_t>(height));
  for (int y = 0; y < height; ++y) {
    const float* row = full_.row(y);
    int8_t* out = &heights[static_cast<size_t>(y * width)];
    for (int x = 0; x < width; ++x) out[x] = static_cast<int8_t>(row[x] * kRidgeScale);
  }
  return heights;
}

std::vector<int8_t> RidgeGrower::Grow(Random& random, const GrowthPlan& plan, int passes) {
  Seed(random, plan);
  GrowHalf(plan, passes);
  Enlarge(plan);
  return Finish(plan);
}

}  // namespace distinct::synthesis
