#include "matchers/image/resolution.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace distinct::image {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// Waves of `period_px`, as ridges have them: 50 % grey on average.
GreyImage Waves(int side_px, double period_px) {
  GreyImage picture{.width_px = side_px, .height_px = side_px, .dpi = 0, .pixels = {}};
  for (int y = 0; y < side_px; ++y) {
    for (int x = 0; x < side_px; ++x) {
      picture.pixels.push_back(static_cast<uint8_t>(
          std::lround(127.5 + 100 * std::sin((x + .5) * 2 * M_PI / period_px))));
    }
  }
  return picture;
}

double MaxDifference(const GreyImage& a, const GreyImage& b, int border_px) {
  double worst = 0;
  for (int y = border_px; y < a.height_px - border_px; ++y) {
    for (int x = border_px; x < a.width_px - border_px; ++x) {
      const size_t at = static_cast<size_t>(y * a.width_px + x);
      worst = std::max(worst, std::abs(double{1} * a.pixels[at] - b.pixels[at]));
    }
  }
  return worst;
}

TEST(ToResolution, WavesKeepTheirPlaceInMillimetres) {
  // The same waves sampled at 250, 1000 and 500 dpi: all must become the ones at 500.
  const GreyImage want = Waves(200, 18);
  for (const double scale : {0.5, 2.0}) {
    const auto got = ToResolution(Waves(static_cast<int>(200 * scale), 18 * scale), 500 * scale);
    ASSERT_THAT(got, IsOk());
    ASSERT_EQ(got->width_px, 200);
    ASSERT_EQ(got->height_px, 200);
    EXPECT_EQ(got->dpi, 500);
    EXPECT_LE(MaxDifference(*got, want, 4), 6) << scale;
  }
}

TEST(ToResolution, ShrinkingAveragesInsteadOfAliasing) {
  // Waves of 2.2 px at 2000 dpi are finer than any pixel at 500 dpi: grey must remain.
  const auto got = ToResolution(Waves(400, 2.2), 2000);
  ASSERT_THAT(got, IsOk());
  for (const uint8_t pixel : got->pixels) EXPECT_NEAR(pixel, 127.5, 30);
}

TEST(ToResolution, LeavesPixelsAloneWithinHalfAPercent) {
  const GreyImage waves = Waves(50, 9);
  EXPECT_EQ(ToResolution(waves, 502)->pixels, waves.pixels);
  EXPECT_EQ(ToResolution(waves, 508)->width_px, 49);
}

TEST(ToResolution, RefusesWhatIsNoScannersResolution) {
  EXPECT_THAT(
      ToResolution(Waves(9, 9), 72),
      StatusIs(kInvalid, "dpi: got 72, want 250 to 2000; send the scanner's true resolution"));
  for (const double dpi :
       {-500.0, 0.0, 249.0, 2001.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(ToResolution(Waves(9, 9), dpi), StatusIs(kInvalid, "dpi: got")) << dpi;
  }
  EXPECT_THAT(ToResolution(Waves(9, 9), 250), IsOk());
  EXPECT_THAT(ToResolution(Waves(9, 9), 2000), IsOk());
}

TEST(ToResolution, OnePixelStaysOnePixel) {
  const auto got = ToResolution(Waves(1, 9), 2000);
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->pixels.size(), 1u);
}

}  // namespace
}  // namespace distinct::image
