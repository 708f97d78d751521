// The whole recipe on generated prints, whose minutiae are known, and on what is no print.
#include "matchers/finger/extraction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

#include "matchers/finger/comparison.h"
#include "matchers/image/encode.h"
#include "matchers/image/resolution.h"
#include "tests/support/status_matchers.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"
#include "tools/synthesis/true_minutiae.h"

namespace distinct::finger {
namespace {

using distinct::testing::IsOk;
using distinct::testing::StatusIs;

image::GreyImage Grey(const synthesis::Impression& impression) {
  image::GreyImage out;
  out.width_px = synthesis::kImpressionWidthPx;
  out.height_px = synthesis::kImpressionHeightPx;
  out.pixels = impression.grey;
  return out;
}

image::GreyImage FromMat(const cv::Mat1b& m) {
  image::GreyImage out;
  out.width_px = m.cols;
  out.height_px = m.rows;
  out.pixels.assign(m.begin(), m.end());
  return out;
}

cv::Mat1b ToMat(image::GreyImage& grey) {
  return {grey.height_px, grey.width_px, grey.pixels.data()};
}

std::string TemplateOf(FingerExtractor& extractor, const image::GreyImage& grey, double dpi) {
  const std::string png = image::EncodePng(image::View(grey));
  const auto extraction = extractor.Extract({Position::kRightIndex, png, dpi}, nullptr);
  EXPECT_THAT(extraction, IsOk());
  return extraction.ok() ? extraction->features.bytes : std::string();
}

TEST(Extraction, FindsTheTrueMinutiaeWithTheirDirections) {
  FingerExtractor extractor;
  int found = 0, near_truth = 0, direction_right = 0;
  for (uint64_t person = 0; person < 4; ++person) {
    const synthesis::Master master = synthesis::MakeMaster({5, person, Position::kRightIndex});
    const synthesis::Impression impression = synthesis::MakeImpression(master, 1, {0.2F});
    const auto truth = synthesis::VisibleMinutiae(synthesis::TrueMinutiae(master), impression);
    const auto extracted = extractor.ExtractPixels(Grey(impression), nullptr);
    ASSERT_THAT(extracted, IsOk());
    for (const Minutia& m : extracted->features.minutiae) {
      ++found;
      const auto nearest =
          std::min_element(truth.begin(), truth.end(), [&](const auto& a, const auto& b) {
            const auto distance = [&](const auto& t) {
              return std::hypot(t.minutia.place.x_px - m.x_px, t.minutia.place.y_px - m.y_px);
            };
            return distance(a) < distance(b);
          });
      if (nearest == truth.end() || std::hypot(nearest->minutia.place.x_px - m.x_px,
                                               nearest->minutia.place.y_px - m.y_px) > 10) {
        continue;
      }
      ++near_truth;
      const float turn = std::remainder(m.direction_rad - nearest->minutia.direction_rad,
                                        2 * std::numbers::pi_v<float>);
      direction_right += std::fabs(turn) < 0.5F ? 1 : 0;
    }
  }
  EXPECT_GT(found, 100);
  EXPECT_GT(near_truth, found * 8 / 10);
  EXPECT_GT(direction_right, near_truth * 85 / 100);
}

TEST(Extraction, IsTheSameEveryTime) {
  const synthesis::Master master = synthesis::MakeMaster({5, 1, Position::kLeftThumb});
  const image::GreyImage grey = Grey(synthesis::MakeImpression(master, 1, {0.5F}));
  FingerExtractor one, other;
  const std::string first = TemplateOf(one, grey, 500);
  EXPECT_EQ(first, TemplateOf(one, grey, 500));
  EXPECT_EQ(first, TemplateOf(other, grey, 500));
}

TEST(Extraction, OfATurnedPictureStillMatches) {
  FingerExtractor extractor;
  const synthesis::Master master = synthesis::MakeMaster({5, 2, Position::kLeftIndex});
  image::GreyImage grey = Grey(synthesis::MakeImpression(master, 1, {0.2F}));
  const FingerProbe probe(TemplateOf(extractor, grey, 500));
  cv::Mat1b turned;
  cv::rotate(ToMat(grey), turned, cv::ROTATE_90_CLOCKWISE);
  EXPECT_GT(probe.Compare(TemplateOf(extractor, FromMat(turned), 500)).value, 0.8F);
}

TEST(Extraction, BringsEveryResolutionTo500Dpi) {
  FingerExtractor extractor;
  const synthesis::Master master = synthesis::MakeMaster({5, 3, Position::kLeftRing});
  image::GreyImage grey = Grey(synthesis::MakeImpression(master, 1, {0.2F}));
  const FingerProbe probe(TemplateOf(extractor, grey, 500));
  for (const double dpi : {512.0, 569.0, 1000.0}) {
    cv::Mat1b scaled;
    cv::resize(ToMat(grey), scaled, {}, dpi / 500, dpi / 500, cv::INTER_CUBIC);
    const image::GreyImage larger = FromMat(scaled);
    const float right = probe.Compare(TemplateOf(extractor, larger, dpi)).value;
    EXPECT_GT(right, 0.8F) << dpi;
    if (dpi == 569) {
      EXPECT_LT(probe.Compare(TemplateOf(extractor, larger, 500)).value, right);
    }
    if (dpi == 1000) {  // at half the stated scale, ridges are too wide to be ridges
      const std::string png = image::EncodePng(image::View(larger));
      EXPECT_THAT(extractor.Extract({Position::kRightIndex, png, 500}, nullptr),
                  StatusIs(absl::StatusCode::kFailedPrecondition, "no fingerprint found"));
    }
  }
}

TEST(Extraction, OfWhatIsNoPrintSaysSo) {
  FingerExtractor extractor;
  const auto refused = [&](const image::GreyImage& grey, const char* text) {
    const std::string png = image::EncodePng(image::View(grey));
    EXPECT_THAT(extractor.Extract({Position::kRightIndex, png, 500}, nullptr),
                StatusIs(absl::StatusCode::kFailedPrecondition, text));
  };
  refused(FromMat(cv::Mat1b(300, 300, uint8_t{255})), "capture the finger again");
  refused(FromMat(cv::Mat1b(300, 300, uint8_t{0})), "capture the finger again");
  refused(FromMat(cv::Mat1b(1, 1, uint8_t{9})), "got 1 x 1 px");
  refused(FromMat(cv::Mat1b(40, 300, uint8_t{9})), "want 64 to 2047");
  refused(FromMat(cv::Mat1b(3000, 300, uint8_t{9})), "want 64 to 2047");
  EXPECT_THAT(extractor.Extract({Position::kRightIndex, "no image", 500}, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, ""));
}

TEST(Extraction, OfASceneWithoutRidgesIsRefusedBeforeAnybodyIsEnrolledByIt) {
  // Blobs of all sizes, as faces and clothes have them.
  cv::Mat1f scene(320, 320, 128.0F);
  cv::RNG random(8);
  for (const double sigma : {2.0, 5.0, 12.0, 30.0}) {
    cv::Mat1f layer(320, 320);
    random.fill(layer, cv::RNG::NORMAL, 0, 1);
    cv::GaussianBlur(layer, layer, {}, sigma);
    scene += layer * (60 * sigma);
  }
  cv::Mat1b picture;
  scene.convertTo(picture, CV_8U);
  const std::string png = image::EncodePng(image::View(FromMat(picture)));
  FingerExtractor extractor;
  EXPECT_THAT(extractor.Extract({Position::kRightIndex, png, 500}, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition, "no fingerprint found"));
}

TEST(Quality, FallsWithSeverity) {
  FingerExtractor extractor;
  double good = 0, bad = 0;
  for (uint64_t person = 0; person < 6; ++person) {
    const synthesis::Master master = synthesis::MakeMaster({6, person, Position::kRightIndex});
    good += extractor.ExtractPixels(Grey(synthesis::MakeImpression(master, 1, {0.1F})), nullptr)
                ->features.quality.value;
    bad += extractor.ExtractPixels(Grey(synthesis::MakeImpression(master, 1, {1.0F})), nullptr)
               ->features.quality.value;
  }
  EXPECT_GT(good, bad);
}

}  // namespace
}  // namespace distinct::finger
