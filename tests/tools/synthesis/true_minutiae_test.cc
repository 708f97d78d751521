#include "tools/synthesis/true_minutiae.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tools/synthesis/angle.h"

namespace distinct::synthesis {
namespace {

// A master drawn by hand: flat furrow, a ridge 5 px thick along y = 240 from x = 100 to x = 200,
// and at x = 250 one that forks to the right.
Master HandMade() {
  Master master;
  master.ridges.assign(static_cast<size_t>(kMasterWidthPx) * kMasterHeightPx, -50);
  const auto stroke = [&](float x0, float y0, float x1, float y1) {
    for (float t = 0; t <= 1; t += 0.001f) {
      for (int dy = -2; dy <= 2; ++dy) {
        const auto x = static_cast<int>(x0 + (x1 - x0) * t);
        const auto y = static_cast<int>(y0 + (y1 - y0) * t) + dy;
        master.ridges[static_cast<size_t>(y * kMasterWidthPx + x)] = 50;
      }
    }
  };
  stroke(100, 240, 200, 240);
  stroke(220, 300, 290, 300);
  stroke(290, 300, 350, 320);
  stroke(290, 300, 350, 280);
  return master;
}

TEST(TrueMinutiae, FindsEndingsAndForksOfAHandMadeMaster) {
  const std::vector<TrueMinutia> minutiae = TrueMinutiae(HandMade());
  int left_ends = 0, right_ends = 0, forks = 0;
  for (const TrueMinutia& m : minutiae) {
    if (m.type == finger::MinutiaType::kBifurcation) {
      ++forks;
      EXPECT_NEAR(m.place.x_px, 294, 8);
      EXPECT_NEAR(std::cos(m.direction_rad), 1, 0.05);  // between the branches, to the right
    } else if (std::abs(m.place.y_px - 240) < 3) {
      const bool left = m.place.x_px < 150;
      (left ? left_ends : right_ends) += 1;
      EXPECT_NEAR(std::cos(m.direction_rad), left ? 1 : -1, 0.05);  // into the ridge
    }
  }
  EXPECT_EQ(left_ends, 1);
  EXPECT_EQ(right_ends, 1);
  EXPECT_EQ(forks, 1);
}

TEST(TrueMinutiae, AFingerHasAsManyAsRealOnes) {
  double sum = 0;
  constexpr uint64_t kFingers = 10;
  for (uint64_t person = 0; person < kFingers; ++person) {
    const Master master = MakeMaster({3, person, Position::kLeftMiddle});
    const auto minutiae = TrueMinutiae(master);
    sum += static_cast<double>(
        VisibleMinutiae(minutiae, MakeImpression(master, 0, Severity{})).size());
  }
  // Flat captures of real fingers hold 30 to 90.
  EXPECT_GT(sum / kFingers, 30);
  EXPECT_LT(sum / kFingers, 90);
}

TEST(TrueMinutiae, VisibleOnesTurnWithTheImpression) {
  const Master master = MakeMaster({3, 1, Position::kLeftMiddle});
  const auto minutiae = TrueMinutiae(master);
  for (uint32_t i = 0; i < 8; ++i) {
    const Impression print = MakeImpression(master, i, Severity{});
    for (const VisibleMinutia& visible : VisibleMinutiae(minutiae, print)) {
      const TrueMinutia& truth = minutiae[static_cast<size_t>(visible.index)];
      const Place back = print.pose.ToMaster(visible.minutia.place);
      EXPECT_NEAR(back.x_px, truth.place.x_px, 0.05);
      EXPECT_NEAR(back.y_px, truth.place.y_px, 0.05);
      const float expected = truth.direction_rad + print.pose.rotation_rad();
      const float apart = visible.minutia.direction_rad - expected;
      EXPECT_GT(std::cos(apart), std::cos(0.35f));  // what is left is distortion
    }
  }
}

}  // namespace
}  // namespace distinct::synthesis
