// Conventions of the extraction's stages, against pictures whose truth is written down: a wrong
// sign or a mirrored axis fails silently everywhere else.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "matchers/finger/frequency.h"
#include "matchers/finger/minutiae.h"
#include "matchers/finger/normalisation.h"
#include "matchers/finger/orientation.h"
#include "matchers/finger/segmentation.h"
#include "matchers/finger/skeleton.h"

namespace distinct::finger {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// Waves whose ridges run along `angle_rad`, counter-clockwise as displayed.
cv::Mat1f Waves(float angle_rad, float period_px, int side = 160) {
  cv::Mat1f out(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const float across =
          std::sin(angle_rad) * static_cast<float>(x) + std::cos(angle_rad) * static_cast<float>(y);
      out(y, x) = std::cos(2 * kPi * across / period_px);
    }
  }
  return out;
}

float AxisDifference(float a, float b) { return std::fabs(std::remainder(a - b, kPi)); }

TEST(Orientation, RunsAlongTheRidgesCounterClockwiseAsDisplayed) {
  for (int degrees = -85; degrees <= 90; degrees += 5) {
    const float angle = static_cast<float>(degrees) * kPi / 180;
    const OrientationField field = EstimateOrientation(Waves(angle, 9));
    EXPECT_LT(AxisDifference(field.AngleAt(80, 80), angle), 0.02F) << degrees;
    EXPECT_GT(field.CoherenceAt(80, 80), 0.95F) << degrees;
  }
}

TEST(Orientation, IsUnsureOfNoise) {
  cv::Mat1f noise(160, 160);
  cv::RNG random(5);
  random.fill(noise, cv::RNG::NORMAL, 0, 1);
  EXPECT_LT(EstimateOrientation(noise).CoherenceAt(80, 80), 0.3F);
}

TEST(Period, IsMeasuredAcrossTheRidges) {
  const cv::Mat1b everywhere(160, 160, uint8_t{255});
  for (const float period : {6.0F, 7.5F, 9.0F, 11.0F, 13.0F}) {
    for (const float angle : {0.0F, 0.6F, 1.57F, -0.9F}) {
      const cv::Mat1f waves = Waves(angle, period);
      const PeriodField field = EstimatePeriod(waves, EstimateOrientation(waves), everywhere);
      EXPECT_NEAR(field.median_px, period, 0.35F) << period << " at " << angle;
      EXPECT_GT(field.confidence, 0.8F);
    }
  }
}

TEST(Normalisation, LeavesFlatGroundFlatAndLiftsWeakRidges) {
  cv::Mat1f picture(Waves(0.4F, 9) * 5 + 128);
  picture(cv::Rect(0, 0, 60, 160)) = 128;
  const NormalisedImage out = NormaliseLocally(picture, 10);
  EXPECT_NEAR(out.value(80, 10), 0, 1e-3);
  double low = 0, high = 0;
  cv::minMaxLoc(out.value(cv::Rect(110, 50, 40, 60)), &low, &high);
  EXPECT_GT(high, 0.8);
  EXPECT_LT(low, -0.8);
  EXPECT_TRUE(cv::checkRange(out.value));
}

TEST(Normalisation, OfAConstantPictureIsZeroAndFinite) {
  const NormalisedImage out = NormaliseLocally(cv::Mat1f(90, 80, 255.0F), 6);
  EXPECT_TRUE(cv::checkRange(out.value));
  EXPECT_NEAR(cv::norm(out.value, cv::NORM_INF), 0, 1e-3);
}

struct Scene {
  cv::Mat1b skeleton = cv::Mat1b(120, 120, uint8_t{0});
  Segmentation segmentation;
  OrientationField orientation;
  Enhanced enhanced;

  explicit Scene(float ridges_rad) {
    segmentation.mask = cv::Mat1b(120, 120, uint8_t{255});
    segmentation.depth_px = cv::Mat1f(120, 120, 60.0F);
    orientation.cos2 = cv::Mat1f(30, 30, std::cos(2 * ridges_rad));
    orientation.sin2 = cv::Mat1f(30, 30, std::sin(2 * ridges_rad));
    enhanced.reliability = cv::Mat1f(30, 30, 1.0F);
  }
  void Line(cv::Point from, cv::Point to) { cv::line(skeleton, from, to, uint8_t{1}); }
  std::vector<Minutia> Find() const {
    return FindMinutiae(skeleton, segmentation, orientation, enhanced);
  }
};

TEST(Minutiae, EndingPointsIntoItsRidge) {
  Scene scene(0);
  scene.Line({60, 60}, {117, 60});  // from its end at (60, 60) to the right
  const std::vector<Minutia> found = scene.Find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].type, MinutiaType::kEnding);
  EXPECT_NEAR(found[0].x_px, 60, 1);
  EXPECT_NEAR(std::remainder(found[0].direction_rad, 2 * kPi), 0, 0.05);
}

TEST(Minutiae, EndingWhoseRidgeRisesPointsUpThoughImageRowsRunDown) {
  Scene scene(kPi / 2);
  scene.Line({60, 60}, {60, 2});
  const std::vector<Minutia> found = scene.Find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].direction_rad, kPi / 2, 0.05);
}

TEST(Minutiae, BifurcationPointsBetweenItsTwoClosestBranches) {
  Scene scene(0);
  scene.Line({2, 60}, {60, 60});
  scene.Line({60, 60}, {117, 40});
  scene.Line({60, 60}, {117, 80});
  const std::vector<Minutia> found = scene.Find();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].type, MinutiaType::kBifurcation);
  EXPECT_NEAR(std::remainder(found[0].direction_rad, 2 * kPi), 0, 0.2);
}

TEST(Minutiae, SpursIslandsAndCutsAreNone) {
  Scene spur(0);
  spur.Line({2, 60}, {117, 60});
  spur.Line({60, 60}, {60, 55});
  EXPECT_TRUE(spur.Find().empty());
  Scene island(0);
  island.Line({55, 60}, {62, 60});
  EXPECT_TRUE(island.Find().empty());
  Scene cut(0);
  cut.Line({2, 60}, {55, 60});
  cut.Line({62, 60}, {117, 60});
  EXPECT_TRUE(cut.Find().empty());
}

TEST(Minutiae, TheFingersEdgeMakesNone) {
  Scene scene(0);
  scene.Line({60, 60}, {117, 60});
  scene.segmentation.depth_px.setTo(5);
  EXPECT_TRUE(scene.Find().empty());
}

TEST(Skeleton, IsOnePixelWideAndKeepsRidgesWhole) {
  const cv::Mat1b everywhere(160, 160, uint8_t{255});
  const cv::Mat1b skeleton = Skeletonise(Waves(0, 10), everywhere);
  for (int x = 20; x < 140; ++x) {
    int crossed = 0;
    for (int y = 20; y < 140; ++y) crossed += skeleton(y, x);
    EXPECT_EQ(crossed, 12) << "column " << x;
  }
}

}  // namespace
}  // namespace distinct::finger
