// Conventions of the extraction's stages, against pictures whose truth is written down: a wrong
// sign or a mirrored axis fails silently everywhere else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "matchers/finger/context.h"
#include "matchers/finger/normalisation.h"

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

TEST(Normalisation, LeavesFlatGroundFlatAndLiftsWeakRidges) {
  cv::Mat1f picture(Waves(0.4F, 9) * 5 + 128);
  picture(cv::Rect(0, 0, 60, 160)) = 128;
  LocalNormaliser normaliser;
  const cv::Mat1f& out = normaliser.Normalise(picture, 10);
  EXPECT_NEAR(out(80, 10), 0, 1e-3);
  double low = 0, high = 0;
  cv::minMaxLoc(out(cv::Rect(110, 50, 40, 60)), &low, &high);
  EXPECT_GT(high, 0.8);
  EXPECT_LT(low, -0.8);
  EXPECT_TRUE(cv::checkRange(out));
}

TEST(Normalisation, OfAConstantPictureIsZeroAndFinite) {
  LocalNormaliser normaliser;
  const cv::Mat1f& out = normaliser.Normalise(cv::Mat1f(90, 80, 255.0F), 6);
  EXPECT_TRUE(cv::checkRange(out));
  EXPECT_NEAR(cv::norm(out, cv::NORM_INF), 0, 1e-3);
}

TEST(Context, HasHalfTheSidesAndAPixelIsTheMeanOfFour) {
  cv::Mat1b grey(81, 120, uint8_t{128});
  grey(cv::Rect(60, 40, 2, 2)) = 255;
  ContextMaker maker;
  const cv::Mat_<int8_t>& context = maker.Make(grey);
  EXPECT_EQ(context.size(), cv::Size(60, 40));
  int at[2] = {};
  cv::minMaxIdx(context, nullptr, nullptr, nullptr, at);
  EXPECT_EQ(at[0], 20);
  EXPECT_EQ(at[1], 30);
}

TEST(Context, OfFlatGroundIsZero) {
  EXPECT_EQ(cv::countNonZero(ContextMaker().Make(cv::Mat1b(90, 80, uint8_t{255}))), 0);
}

TEST(Context, BecomesActivationsAroundTheSignedZero) {
  const int8_t context[] = {0, 48, -48, 120, -120};
  uint8_t activations[5] = {};
  ToActivations(context, 5, activations);
  EXPECT_THAT(activations, ::testing::ElementsAre(64, 89, 39, 126, 2));
}

}  // namespace
}  // namespace distinct::finger
