#include "matchers/face/alignment.h"

#include <cmath>

#include "gtest/gtest.h"
#include "matchers/face/detection.h"
#include "tests/support/status_matchers.h"

namespace distinct::face {
namespace {

// The ArcFace points as their authors publish them: eyes, nose, corners of the mouth.
constexpr FivePoints kArcFace = {{{38.2946F, 51.6963F},
                                  {73.5318F, 51.5014F},
                                  {56.0252F, 71.7366F},
                                  {41.5493F, 92.3655F},
                                  {70.7299F, 92.2041F}}};

Point Placed(const Placement& p, const Point& point) {
  return {static_cast<float>(p.a * point.x_px - p.b * point.y_px + p.dx_px),
          static_cast<float>(p.b * point.x_px + p.a * point.y_px + p.dy_px)};
}

FivePoints Moved(double angle_rad, double scale, double dx_px, double dy_px) {
  const Placement placement{.a = scale * std::cos(angle_rad),
                            .b = scale * std::sin(angle_rad),
                            .dx_px = dx_px,
                            .dy_px = dy_px};
  FivePoints points;
  for (size_t i = 0; i < points.size(); ++i) points[i] = Placed(placement, kArcFace[i]);
  return points;
}

TEST(Placement, UndoesAnyTurnScaleAndShift) {
  for (const double angle_rad : {-2.5, -0.3, 0.0, 0.7, 3.1}) {
    for (const double scale : {0.2, 1.0, 5.0}) {
      const FivePoints points = Moved(angle_rad, scale, 300, -20);
      const Placement back = PlaceOnTemplate(points);
      EXPECT_NEAR(back.scale(), 1 / scale, 1e-4 / scale);
      for (size_t i = 0; i < points.size(); ++i) {
        EXPECT_NEAR(Placed(back, points[i]).x_px, kArcFace[i].x_px, 0.01);
        EXPECT_NEAR(Placed(back, points[i]).y_px, kArcFace[i].y_px, 0.01);
      }
    }
  }
}

TEST(Placement, NoSmallChangeBringsThePointsNearer) {
  FivePoints points = Moved(0.2, 1.5, 10, 10);
  points[2].x_px += 9;  // a nose turned aside: no placement fits all five
  const auto squares = [&](const Placement& p) {
    double sum = 0;
    for (size_t i = 0; i < points.size(); ++i) {
      sum += std::pow(Placed(p, points[i]).x_px - kArcFace[i].x_px, 2) +
             std::pow(Placed(p, points[i]).y_px - kArcFace[i].y_px, 2);
    }
    return sum;
  };
  const Placement best = PlaceOnTemplate(points);
  for (double Placement::*part :
       {&Placement::a, &Placement::b, &Placement::dx_px, &Placement::dy_px}) {
    for (const double step : {-0.01, 0.01}) {
      Placement other = best;
      other.*part += step;
      EXPECT_GT(squares(other), squares(best));
    }
  }
}

// A white dot where the template has its nose must come out there at any size of the picture.
TEST(Align, PutsThePointsOnTheTemplate) {
  for (const double scale : {0.7, 1.0, 2.5, 6.0}) {
    const FivePoints points = Moved(0, scale, 20, 20);
    image::BgrImage picture{.width_px = 800, .height_px = 800, .dpi = 0, .pixels = {}};
    picture.pixels.assign(800 * 800 * 3, 0);
    const int radius = static_cast<int>(std::ceil(2 * scale));
    for (int y = -radius; y <= radius; ++y) {
      for (int x = -radius; x <= radius; ++x) {
        const auto at = static_cast<size_t>((std::lround(points[2].y_px) + y) * 800 +
                                            std::lround(points[2].x_px) + x);
        for (size_t channel = 0; channel < 3; ++channel) picture.pixels[3 * at + channel] = 255;
      }
    }
    const auto aligned = Align(picture, points);
    ASSERT_THAT(aligned, distinct::testing::IsOk());
    double sum = 0, x_sum = 0, y_sum = 0;
    for (int y = 0; y < kAlignedSidePx; ++y) {
      for (int x = 0; x < kAlignedSidePx; ++x) {
        const double value = aligned->pixels[static_cast<size_t>(3 * (y * kAlignedSidePx + x))];
        sum += value, x_sum += value * x, y_sum += value * y;
      }
    }
    // The dot lies on whole pixels: half a pixel of the picture is the bound.
    EXPECT_NEAR(x_sum / sum, kArcFace[2].x_px, 0.6 / scale + 0.1) << scale;
    EXPECT_NEAR(y_sum / sum, kArcFace[2].y_px, 0.6 / scale + 0.1) << scale;
  }
}

TEST(FivePoints, AreMeansOfTheLandmarksThatTheSchemeNames) {
  Landmarks landmarks;
  for (size_t i = 0; i < landmarks.size(); ++i) {
    landmarks[i] = {static_cast<float>(i), static_cast<float>(2 * i)};
  }
  const FivePoints points = ToFivePoints(landmarks);
  const float want[] = {39, 45, 30, 54, 59};
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_NEAR(points[i].x_px, want[i], 1e-4);
    EXPECT_NEAR(points[i].y_px, 2 * want[i], 1e-4);
  }
}

TEST(ChooseFace, PrefersTheWholeOneNearTheMiddle) {
  const DetectedFace middle{.box = {100, 100, 160, 170}, .score = 0.99F, .canvas_height_px = 70};
  const DetectedFace cut_off{.box = {-80, 80, 40, 220}, .score = 1, .canvas_height_px = 140};
  EXPECT_EQ(ChooseFace({cut_off, middle}, 250, 250).box.left_px, 100);
  EXPECT_EQ(ChooseFace({middle, cut_off}, 250, 250).box.left_px, 100);
}

}  // namespace
}  // namespace distinct::face
