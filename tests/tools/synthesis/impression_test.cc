#include "tools/synthesis/impression.h"

#include <gtest/gtest.h>

#include <cmath>

namespace distinct::synthesis {
namespace {

// Pearson correlation of the impression's grey with the height of the master at the mapped place.
double CorrelationWithMaster(const Impression& print, const Master& master) {
  double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  for (int y = 0; y < kImpressionHeightPx; ++y) {
    for (int x = 0; x < kImpressionWidthPx; ++x) {
      const auto pixel = static_cast<size_t>(y * kImpressionWidthPx + x);
      if (print.contact[pixel] < 255) continue;
      const Place place = print.pose.ToMaster({static_cast<float>(x), static_cast<float>(y)});
      const auto column = std::lround(place.x_px), row = std::lround(place.y_px);
      const double height = master.ridges[static_cast<size_t>(row * kMasterWidthPx + column)];
      const double grey = print.grey[pixel];
      n += 1, sx += height, sy += grey;
      sxx += height * height, syy += grey * grey, sxy += height * grey;
    }
  }
  return (n * sxy - sx * sy) / std::sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
}

TEST(Impression, ShowsDarkRidgesWhereItsMapPointsToRidgesOfTheMaster) {
  const Master master = MakeMaster({1, 4, Position::kRightIndex});
  const Master other = MakeMaster({1, 5, Position::kRightIndex});
  for (uint32_t i = 0; i < 6; ++i) {
    const Impression print = MakeImpression(master, i, Severity{});
    EXPECT_LT(CorrelationWithMaster(print, master), -0.45) << i;
    EXPECT_NEAR(CorrelationWithMaster(print, other), 0, 0.1) << i;
  }
}

TEST(Impression, OfPerfectSeverityIsTheMasterStraightAndCentred) {
  const Master master = MakeMaster({1, 4, Position::kRightIndex});
  const Impression print = MakeImpression(master, 0, Severity{0});
  EXPECT_FLOAT_EQ(print.pose.rotation_rad(), 0);
  const Place middle = print.pose.ToMaster({kImpressionWidthPx / 2.0f, kImpressionHeightPx / 2.0f});
  EXPECT_NEAR(middle.x_px, kMasterWidthPx / 2.0f, 1e-3);
  EXPECT_LT(CorrelationWithMaster(print, master), -0.8);
}

TEST(Impression, IsAPureFunctionOfItsArguments) {
  const Master master = MakeMaster({1, 4, Position::kRightIndex});
  EXPECT_EQ(MakeImpression(master, 3, {1}).grey, MakeImpression(master, 3, {1}).grey);
  EXPECT_NE(MakeImpression(master, 3, {1}).grey, MakeImpression(master, 4, {1}).grey);
}

TEST(Impression, AnAskedForFaultShowsInTheInk) {
  const Master master = MakeMaster({1, 4, Position::kRightIndex});
  const Impression good = MakeImpression(master, 3, {0.2f}, Faultless());
  Condition dry = Faultless(), wet = Faultless();
  dry.dryness = 1;
  wet.wetness = wet.pressure = 1;
  const Impression broken = MakeImpression(master, 3, {0.2f}, dry);
  const Impression filled = MakeImpression(master, 3, {0.2f}, wet);
  EXPECT_GT(good.ridge_ink, 0.8f);
  EXPECT_LT(good.furrow_ink, 0.2f);
  EXPECT_LT(broken.ridge_ink, good.ridge_ink - 0.3f);
  EXPECT_LT(broken.furrow_ink, 0.2f);
  EXPECT_GT(filled.furrow_ink, good.furrow_ink + 0.3f);
}

TEST(Impression, AnAskedForReachIsTheContact) {
  const Master master = MakeMaster({1, 4, Position::kRightIndex});
  Condition small = Faultless();
  small.reach = 0.5f;
  const Impression print = MakeImpression(master, 3, {0.2f}, small);
  double contact = 0;
  for (const uint8_t touch : print.contact) contact += touch / 255.0;
  const double ellipse = 3.1416 / 4 * 0.5 * 0.5 * kImpressionWidthPx * kImpressionHeightPx;
  EXPECT_NEAR(contact, ellipse, 0.15 * ellipse);
}

TEST(Impression, EveryNumberAndSeverityStaysInsideTheMaster) {
  const Master master = MakeMaster({2, 1, Position::kLeftThumb});
  for (uint32_t i = 0; i < 60; ++i) {
    const Impression print = MakeImpression(master, i, Severity{1});
    for (int y = 0; y < kImpressionHeightPx; ++y) {
      for (int x = 0; x < kImpressionWidthPx; ++x) {
        if (print.contact[static_cast<size_t>(y * kImpressionWidthPx + x)] == 0) continue;
        const Place place = print.pose.ToMaster({static_cast<float>(x), static_cast<float>(y)});
        ASSERT_GT(OnFinger(place.x_px, place.y_px), -0.01f);
      }
    }
  }
}

TEST(Pose, InverseLeadsBackToTheImpression) {
  int inverted = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random{seed};
    const Pose pose(random, Severity{1});
    for (float y = 20; y < kImpressionHeightPx; y += 40) {
      for (float x = 20; x < kImpressionWidthPx; x += 40) {
        const auto back = pose.ToImpression(pose.ToMaster({x, y}));
        if (!back.has_value()) continue;  // folds are rare and reported as nothing
        ++inverted;
        EXPECT_NEAR(back->x_px, x, 0.2);
        EXPECT_NEAR(back->y_px, y, 0.2);
      }
    }
  }
  EXPECT_GT(inverted, 1300);  // of 1,440
}

TEST(Pose, MapsARowAsItMapsItsPoints) {
  Random random{8};
  const Pose pose(random, Severity{1});
  std::vector<float> scratch, u(kImpressionWidthPx), v(kImpressionWidthPx);
  pose.MapRow(100, scratch, u, v);
  for (size_t x = 0; x < u.size(); x += 5) {
    const Place place = pose.ToMaster({static_cast<float>(x), 100});
    EXPECT_NEAR(u[x], place.x_px, 2e-3);
    EXPECT_NEAR(v[x], place.y_px, 2e-3);
  }
}

}  // namespace
}  // namespace distinct::synthesis
