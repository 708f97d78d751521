#include "tools/synthesis/ridge_growth.h"

#include <gtest/gtest.h>

#include <vector>

#include "matchers/kernels/cpu.h"

namespace distinct::synthesis {
namespace {

struct FilterCase {
  static constexpr int kWidth = 50, kRows = 15, kKernels = 9, kStride = 80;
  std::vector<float> image, kernels;
  std::vector<uint16_t> kernel_of_pixel;

  FilterCase() {
    Random random{7};
    image.resize(kStride * (kRows + 1));
    kernels.resize(kKernels * kRows * 16);
    for (float& value : image) value = random.Gaussian();
    for (float& value : kernels) value = random.Gaussian();
    for (int x = 0; x < kWidth; ++x) {
      kernel_of_pixel.push_back(static_cast<uint16_t>(random.Below(kKernels)));
    }
  }

  std::vector<float> Run(FilterRow filter) const {
    std::vector<float> out(kWidth, -7);
    filter(image.data(), kStride, kernel_of_pixel.data(), kernels.data(), kRows, 3, kWidth - 2,
           out.data());
    return out;
  }
};

TEST(RidgeGrowth, ScalarFilterIsTheSumOverTheTaps) {
  const FilterCase filter_case;
  const std::vector<float> out = filter_case.Run(FilterRowScalar);
  for (int x = 0; x < FilterCase::kWidth; ++x) {
    double sum = 0;
    for (int row = 0; row < FilterCase::kRows; ++row) {
      for (int tap = 0; tap < 16; ++tap) {
        const int kernel = filter_case.kernel_of_pixel[static_cast<size_t>(x)];
        const int weight = (kernel * FilterCase::kRows + row) * 16 + tap;
        sum += static_cast<double>(filter_case.kernels[static_cast<size_t>(weight)]) *
               static_cast<double>(
                   filter_case.image[static_cast<size_t>(row * FilterCase::kStride + x + tap)]);
      }
    }
    const bool inside = x >= 3 && x < FilterCase::kWidth - 2;
    EXPECT_NEAR(out[static_cast<size_t>(x)], inside ? sum : -7, 1e-4) << x;
  }
}

TEST(RidgeGrowth, EveryCpuLevelGivesTheBitsOfTheScalarFilter) {
  const FilterCase filter_case;
  const std::vector<float> scalar = filter_case.Run(FilterRowScalar);
  for (const kernels::CpuLevel level : kernels::SupportedLevels()) {
    constexpr kernels::PerLevel<FilterRow> kFilters{FilterRowScalar, FilterRowAvx2,
                                                    FilterRowAvx512};
    EXPECT_EQ(filter_case.Run(kFilters.At(level)), scalar) << kernels::CpuLevelName(level);
  }
}

// The oracle counts ridges along a line across the flow.
TEST(RidgeGrowth, RidgesFollowTheAskedDirectionAndPeriod) {
  RidgeGrower grower;
  for (const float period_px : {7.0f, 9.0f, 11.0f}) {
    GrowthPlan plan{100, 100, std::vector<uint16_t>(10000, KernelIndex(0, period_px)), {}, {}};
    plan.begin.assign(100, 0);
    plan.end.assign(100, 100);
    Random random{3};
    const std::vector<int8_t> heights = grower.Grow(random, plan, 20);
    double rises = 0;
    for (int x = 20; x < 180; ++x) {
      for (int y = 20; y < 180; ++y) {
        const auto pixel = static_cast<size_t>(y * 200 + x);
        rises += heights[pixel] <= 0 && heights[pixel + 200] > 0;
      }
    }
    EXPECT_NEAR(160 * 160 / rises, period_px, 0.5);
  }
}

}  // namespace
}  // namespace distinct::synthesis
