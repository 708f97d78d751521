#include "matchers/face/drawing.h"

#include <gmock/gmock.h>

#include "matchers/image/decode.h"
#include "matchers/image/encode.h"
#include "tests/support/status_matchers.h"

namespace distinct::face {
namespace {

using Colour = std::array<uint8_t, 3>;
constexpr Colour kBlue = {255, 0, 0}, kRed = {0, 0, 255}, kWhite = {255, 255, 255};

std::string Plain(int width_px, int height_px, const Colour& colour) {
  image::BgrImage picture;
  picture.width_px = width_px;
  picture.height_px = height_px;
  for (int i = 0; i < width_px * height_px; ++i) {
    picture.pixels.insert(picture.pixels.end(), colour.begin(), colour.end());
  }
  return image::EncodePng(picture);
}

Colour At(const image::BgrImage& picture, int x, int y) {
  const uint8_t* const at = picture.pixels.data() + 3 * (y * picture.width_px + x);
  return {at[0], at[1], at[2]};
}

TEST(DrawBeside, TheProbeIsOnTheLeftAndBothAreOfOneHeight) {
  const auto png = DrawBeside(Plain(30, 40, kBlue), Plain(60, 120, kRed));
  ASSERT_THAT(png, testing::IsOk());
  const auto picture = image::DecodeBgr(*png);
  ASSERT_THAT(picture, testing::IsOk());
  EXPECT_EQ(picture->height_px, 120);
  ASSERT_EQ(picture->width_px, 90 + 12 + 60);
  for (const int y : {0, 119}) {
    EXPECT_EQ(At(*picture, 0, y), kBlue);
    EXPECT_EQ(At(*picture, 89, y), kBlue);
    EXPECT_EQ(At(*picture, 95, y), kWhite);
    EXPECT_EQ(At(*picture, 102, y), kRed);
    EXPECT_EQ(At(*picture, 161, y), kRed);
  }
}

TEST(DrawBeside, LargePhotographsFitAScreen) {
  const auto png = DrawBeside(Plain(1500, 3000, kBlue), Plain(100, 200, kRed));
  ASSERT_THAT(png, testing::IsOk());
  const auto picture = image::DecodeBgr(*png);
  ASSERT_THAT(picture, testing::IsOk());
  EXPECT_EQ(picture->height_px, 1000);
  EXPECT_EQ(picture->width_px, 500 + 12 + 500);
}

TEST(DrawBeside, WhatIsNoPictureIsRefused) {
  EXPECT_THAT(DrawBeside(Plain(3, 4, kBlue), "no image"),
              testing::StatusIs(absl::StatusCode::kInvalidArgument, "want"));
}

}  // namespace
}  // namespace distinct::face
