#include "tools/synthesis/ridge_growth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

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

FilterRow BestFilterRow() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return FilterRowAvx512;
  if (__builtin_cpu_supports("avx2")) return FilterRowAvx2;
  return FilterRowScalar;
}

// Ridge heights with a rim of zeros wide enough for any kernel's 16 lanes.
struct Canvas {
  static constexpr int kRim = 16;
  int width, height, stride;
  std::vector<float> values;

  Canvas(int width_px, int height_px)
      : width(width_px),
        height(height_px),
        stride(width_px + 2 * kRim),
        values(static_cast<size_t>(stride) * static_cast<size_t>(height_px + 2 * kRim)) {}
  float* row(int y) { return &values[static_cast<size_t>((y + kRim) * stride + kRim)]; }
  const float* row(int y) const { return &values[static_cast<size_t>((y + kRim) * stride + kRim)]; }
};

// One pass over the finger: filter, then press the heights towards +-kCeiling.
void Pass(const Canvas& from, const KernelBank& bank, const GrowthPlan& plan, float gain,
          Canvas& to) {
  static const FilterRow filter = BestFilterRow();
  for (int y = 0; y < plan.height; ++y) {
    const int begin = plan.begin[static_cast<size_t>(y)], end = plan.end[static_cast<size_t>(y)];
    float* out = to.row(y);
    filter(from.row(y - bank.radius) - bank.radius, from.stride,
           &plan.kernel[static_cast<size_t>(y * plan.width)], bank.taps.data(), bank.rows(), begin,
           end, out);
    for (int x = begin; x < end; ++x) {
      const float height = out[x] * gain;
      out[x] = height / (1 + std::fabs(height)) * kCeiling;
    }
  }
}

// The plan of the full resolution: each place stands for two by two pixels.
GrowthPlan Doubled(const GrowthPlan& plan) {
  GrowthPlan doubled{2 * plan.width, 2 * plan.height, {}, {}, {}};
  doubled.kernel.resize(static_cast<size_t>(doubled.width) * static_cast<size_t>(doubled.height));
  auto* kernel = doubled.kernel.data();
  for (int y = 0; y < doubled.height; ++y, kernel += doubled.width) {
    const auto half = static_cast<size_t>(y / 2);
    const uint16_t* source = &plan.kernel[half * static_cast<size_t>(plan.width)];
    for (int x = 0; x < doubled.width; ++x) kernel[x] = source[x / 2];
    doubled.begin.push_back(2 * plan.begin[half]);
    doubled.end.push_back(2 * plan.end[half]);
  }
  return doubled;
}

// Bilinear: a half-resolution pixel's centre lies between four full-resolution pixels.
Canvas Enlarged(const Canvas& half, const GrowthPlan& plan) {
  Canvas full(2 * half.width, 2 * half.height);
  for (int y = 0; y < full.height; ++y) {
    const float* near = half.row(y / 2);
    const float* far = half.row(y % 2 == 0 ? y / 2 - 1 : y / 2 + 1);
    float* out = full.row(y);
    const auto row = static_cast<size_t>(y / 2);
    for (int x = plan.begin[row]; x < plan.end[row]; ++x) {
      const float left = 0.75f * near[x - 1] + 0.25f * far[x - 1];
      const float here = 0.75f * near[x] + 0.25f * far[x];
      const float right = 0.75f * near[x + 1] + 0.25f * far[x + 1];
      out[2 * x] = 0.75f * here + 0.25f * left;
      out[2 * x + 1] = 0.75f * here + 0.25f * right;
    }
  }
  return full;
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

std::vector<float> GrowRidges(Random& random, const GrowthPlan& plan, int passes) {
  static const KernelBank half_bank(kHalfRadius, 0.5f);
  static const KernelBank full_bank(kFullRadius, 1.0f);

  Canvas from(plan.width, plan.height), to(plan.width, plan.height);
  for (int y = 0; y < plan.height; ++y) {
    float* row = from.row(y);
    const auto index = static_cast<size_t>(y);
    for (int x = plan.begin[index]; x < plan.end[index]; ++x) row[x] = random.Gaussian();
  }
  for (int pass = 0; pass < passes; ++pass) {
    Pass(from, half_bank, plan, pass == 0 ? kFirstGain : kGain, to);
    std::swap(from, to);
  }

  const GrowthPlan full_plan = Doubled(plan);
  Canvas full = Enlarged(from, plan), next(full_plan.width, full_plan.height);
  for (int pass = 0; pass < kFullPasses; ++pass) {
    Pass(full, full_bank, full_plan, kGain, next);
    std::swap(full, next);
  }
  std::vector<float> heights;
  heights.reserve(full_plan.kernel.size());
  for (int y = 0; y < full.height; ++y) {
    heights.insert(heights.end(), full.row(y), full.row(y) + full.width);
  }
  return heights;
}

}  // namespace distinct::synthesis
