#include "tools/synthesis/curve.h"

#include <gtest/gtest.h>

namespace distinct::synthesis {
namespace {

TEST(Curve, CoversItsWidthAndNothingFarther) {
  OpacityMap map{40, 20, {}};
  Paint({5, 10, 35, 10, 0, 3, 0.5f}, map);
  for (int y = 0; y < 20; ++y) {
    const int opacity = map.opacity[static_cast<size_t>(y * 40 + 20)];
    if (y >= 9 && y <= 11) {
      EXPECT_EQ(opacity, 127) << y;
    }
    if (y < 8 || y > 12) {
      EXPECT_EQ(opacity, 0) << y;
    }
  }
}

TEST(Curve, MayLeaveTheMap) {
  OpacityMap map{10, 10, {}};
  Paint({-50, -50, 60, 60, 20, 4, 1}, map);
  EXPECT_EQ(map.opacity.size(), 100u);
}

}  // namespace
}  // namespace distinct::synthesis
