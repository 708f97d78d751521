#include "matchers/kernels/oriented_filter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace distinct::kernels {
namespace {

class OrientedFilterLevel : public ::testing::TestWithParam<CpuLevel> {};

TEST_P(OrientedFilterLevel, EqualsItsFormulaAndLeavesOutWhatHasNoKernel) {
  RecordProperty("cpu_level", std::string(CpuLevelName(GetParam())));
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  constexpr int kCellsX = 5;
  constexpr int kCellsY = 4;
  constexpr int kWidth = kCellsX * kOrientedCellPx;
  constexpr int kHeight = kCellsY * kOrientedCellPx;
  constexpr int kStride = kWidth + kOrientedBefore + kOrientedAfter;
  std::vector<float> picture(static_cast<size_t>(kStride) *
                             (kHeight + kOrientedBefore + kOrientedAfter));
  std::vector<float> bank(size_t{3} * kOrientedFloats);
  for (float& v : picture) v = normal(random);
  for (float& v : bank) v = normal(random);
  std::vector<uint16_t> index;
  for (int i = 0; i < kCellsX * kCellsY; ++i) {
    index.push_back(i % 4 == 3 ? kNoKernel : static_cast<uint16_t>(i % 4));
  }
  std::vector<float> got(static_cast<size_t>(kWidth) * kHeight, -77);
  const float* origin = picture.data() + kOrientedBefore * kStride + kOrientedBefore;
  FilterOrientedAt(GetParam(), {.in = origin,
                                .in_stride = kStride,
                                .cells_x = kCellsX,
                                .cells_y = kCellsY,
                                .kernel_index = index.data(),
                                .bank = bank.data(),
                                .out = got.data()});
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const uint16_t kernel = index[static_cast<size_t>(y / 4 * kCellsX + x / 4)];
      double want = 0;
      double magnitude = 1;
      for (int i = 0; kernel != kNoKernel && i < kOrientedRows; ++i) {
        for (int j = 0; j < kOrientedColumns; ++j) {
          const double product =
              double{origin[(y + i - kOrientedBefore) * kStride + x + j - kOrientedBefore]} *
              bank[static_cast<size_t>(kernel) * kOrientedFloats +
                   static_cast<size_t>(i * kOrientedColumns + j)];
          want += product;
          magnitude += std::fabs(product);
        }
      }
      ASSERT_NEAR(got[static_cast<size_t>(y * kWidth + x)], want, 1e-5 * magnitude)
          << x << ", " << y;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryLevel, OrientedFilterLevel, ::testing::ValuesIn(SupportedLevels()),
                         [](const auto& level) { return std::string(CpuLevelName(level.param)); });

}  // namespace
}  // namespace distinct::kernels
