#include "tools/synthesis/master.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <set>

#include "tools/synthesis/angle.h"

namespace distinct::synthesis {
namespace {

// Spectrum peak of a 64 px window by a plain Fourier transform, as a period in pixels: shares
// nothing with the generator's kernels.
double SpectrumPeriodPx(const Master& master, int left, int top) {
  constexpr int kWindow = 64;
  double best = 0, period = 0;
  for (double frequency = 0.05; frequency <= 0.25; frequency += 0.0025) {
    for (double angle = 0; angle < 3.14159; angle += 0.1) {
      const double step_x = frequency * std::cos(angle), step_y = frequency * std::sin(angle);
      std::complex<double> sum = 0;
      for (int y = 0; y < kWindow; y += 2) {
        for (int x = 0; x < kWindow; x += 2) {
          const int height =
              master.ridges[static_cast<size_t>((top + y) * kMasterWidthPx + left + x)];
          sum +=
              std::polar(static_cast<double>(height), -2 * 3.14159265 * (step_x * x + step_y * y));
        }
      }
      if (std::abs(sum) > best) {
        best = std::abs(sum);
        period = 1 / frequency;
      }
    }
  }
  return period;
}

TEST(Master, RidgePeriodInTheSpectrumIsThatOfAdultFingers) {
  double sum = 0;
  constexpr int kFingers = 8;
  for (uint64_t person = 0; person < kFingers; ++person) {
    const Master master = MakeMaster({5, person, Position::kRightIndex});
    // Below and beside the core, where ridges run straight enough for one peak.
    const double period = SpectrumPeriodPx(master, 260, 120);
    EXPECT_GT(period, 6) << person;
    EXPECT_LT(period, 13) << person;
    EXPECT_NEAR(period, static_cast<double>(master.period_px), 0.3 * master.period_px) << person;
    sum += period;
  }
  EXPECT_NEAR(sum / kFingers, 9, 1.2);
}

TEST(Master, IsAPureFunctionOfItsKey) {
  const FingerKey key{11, 22, Position::kLeftRing};
  const Master first = MakeMaster(key), second = MakeMaster(key);
  EXPECT_EQ(first.ridges, second.ridges);
  EXPECT_EQ(first.marks.opacity, second.marks.opacity);
  MasterMaker used;
  used.Make({7, 7, Position::kRightThumb});
  EXPECT_EQ(used.Make(key).ridges, first.ridges);
}

TEST(Master, EveryPartOfTheKeyMakesAnotherFinger) {
  const std::set<std::vector<int8_t>> masters = {
      MakeMaster({1, 2, Position::kLeftRing}).ridges,
      MakeMaster({2, 2, Position::kLeftRing}).ridges,
      MakeMaster({1, 3, Position::kLeftRing}).ridges,
      MakeMaster({2, 1, Position::kLeftRing}).ridges,
      MakeMaster({1, 2, Position::kRightRing}).ridges,
  };
  EXPECT_EQ(masters.size(), 5u);
}

TEST(Master, RidgesCoverTheFingerAndNothingElse) {
  const Master master = MakeMaster({1, 1, Position::kRightThumb});
  int ridge = 0, finger = 0;
  for (int y = 0; y < kMasterHeightPx; ++y) {
    for (int x = 0; x < kMasterWidthPx; ++x) {
      const int height = master.ridges[static_cast<size_t>(y * kMasterWidthPx + x)];
      const float inside = OnFinger(static_cast<float>(x), static_cast<float>(y));
      if (inside < -0.02f) {
        EXPECT_EQ(height, 0);
      }
      if (inside > 0.05f) {
        ++finger;
        ridge += height > 0;
      }
    }
  }
  EXPECT_NEAR(static_cast<double>(ridge) / finger, 0.5, 0.05);
}

TEST(OrientationField, AllFiveClassesAppearAboutAsOftenAsInNature) {
  int loops = 0, whorls = 0, left_of_right_hand = 0, right_of_right_hand = 0;
  std::set<PatternClass> seen;
  constexpr int kFingers = 2000;
  for (uint64_t finger = 0; finger < kFingers; ++finger) {
    Random random{finger};
    const OrientationField field(random, Position::kRightMiddle, kMasterWidthPx, kMasterHeightPx);
    seen.insert(field.pattern());
    whorls += field.pattern() == PatternClass::kWhorl;
    left_of_right_hand += field.pattern() == PatternClass::kLeftLoop;
    right_of_right_hand += field.pattern() == PatternClass::kRightLoop;
  }
  loops = left_of_right_hand + right_of_right_hand;
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_NEAR(loops, 0.655 * kFingers, 0.04 * kFingers);
  EXPECT_NEAR(whorls, 0.279 * kFingers, 0.04 * kFingers);
  EXPECT_GT(right_of_right_hand, 8 * left_of_right_hand);  // ulnar loops open to the little finger
}

// Poincare index: how often the ridge direction turns along the edge of a small square, in half
// turns. Cores lie where it is above zero, deltas where it is below.
int PoincareIndex(const OrientationField& field, float left, float top) {
  constexpr int kSteps = 32;
  constexpr float kStepPx = 0.25f, kEdgePx = kSteps * kStepPx;
  float turned = 0, before = field.At(left, top);
  for (int step = 1; step <= 4 * kSteps; ++step) {
    const float along = static_cast<float>((step - 1) % kSteps + 1) * kStepPx;
    const int edge = (step - 1) / kSteps;
    // Counter-clockwise as displayed: down, right, up, left.
    const float x = left + (edge == 0   ? 0
                            : edge == 1 ? along
                            : edge == 2 ? kEdgePx
                                        : kEdgePx - along);
    const float y = top + (edge == 0   ? along
                           : edge == 1 ? kEdgePx
                           : edge == 2 ? kEdgePx - along
                                       : 0);
    const float angle = field.At(x, y);
    const float change = angle - before;
    turned += change - kPi * std::floor(change / kPi + 0.5f);
    before = angle;
  }
  return static_cast<int>(std::lround(turned / kPi));
}

TEST(OrientationField, HasTheCoresAndDeltasOfItsClass) {
  for (uint64_t finger = 0; finger < 60; ++finger) {
    Random random{finger, 9};
    const OrientationField field(random, Position::kRightMiddle, kMasterWidthPx, kMasterHeightPx);
    int cores = 0, deltas = 0;
    for (float y = 0.4f; y < kMasterHeightPx - 9; y += 8) {
      for (float x = 0.4f; x < kMasterWidthPx - 9; x += 8) {
        const int index = PoincareIndex(field, x, y);
        cores += std::max(index, 0);
        deltas += std::max(-index, 0);
      }
    }
    const bool is_arch = field.pattern() == PatternClass::kArch;
    const int expected = is_arch ? 0 : field.pattern() == PatternClass::kWhorl ? 2 : 1;
    EXPECT_EQ(cores, expected) << finger << PatternClassName(field.pattern());
    EXPECT_EQ(deltas, expected) << finger << PatternClassName(field.pattern());
  }
}

TEST(Angle, Atan2StaysWithinItsStatedBound) {
  for (float angle = -3.14f; angle < 3.14f; angle += 0.001f) {
    for (const float radius : {1e-3f, 1.0f, 500.0f}) {
      const float y = radius * std::sin(angle), x = radius * std::cos(angle);
      EXPECT_NEAR(Atan2(y, x), std::atan2(y, x), 4e-4f);
    }
  }
  EXPECT_EQ(Atan2(0, 0), 0);
}

}  // namespace
}  // namespace distinct::synthesis
