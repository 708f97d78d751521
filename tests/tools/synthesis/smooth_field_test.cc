#include "tools/synthesis/smooth_field.h"

#include <gtest/gtest.h>

namespace distinct::synthesis {
namespace {

TEST(SmoothField, RowGivesTheValuesOfThePointwiseDefinition) {
  Random random{1};
  const SmoothField field(random, 100, 80, 7.3f, 2);
  std::vector<float> scratch, row(100);
  for (int y = 0; y < 80; y += 13) {
    field.Row(y, scratch, row);
    for (size_t x = 0; x < row.size(); ++x) {
      EXPECT_NEAR(row[x], field.At(static_cast<float>(x), static_cast<float>(y)), 2e-4);
    }
  }
}

TEST(SmoothField, HasZeroMeanAndTheAskedDeviation) {
  Random random{2};
  constexpr int kSize = 1000;
  const SmoothField field(random, kSize, kSize, 5, 3);
  std::vector<float> scratch, row(kSize);
  double sum = 0, squares = 0;
  for (int y = 0; y < kSize; ++y) {
    field.Row(y, scratch, row);
    for (const float value : row) {
      sum += value;
      squares += value * value;
    }
  }
  EXPECT_NEAR(sum / kSize / kSize, 0, 0.1);
  EXPECT_NEAR(squares / kSize / kSize, 9, 0.9);
}

TEST(SmoothField, IsZeroWithoutAGrid) {
  const SmoothField field;
  std::vector<float> scratch, row(5, 1.0f);
  field.Row(0, scratch, row);
  EXPECT_TRUE(field.is_zero());
  EXPECT_EQ(row, std::vector<float>(5, 0.0f));
}

}  // namespace
}  // namespace distinct::synthesis
