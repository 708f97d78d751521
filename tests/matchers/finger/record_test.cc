// Minutiae records as templates: what they keep of a print, and that an image is found again in
// them.
#include "matchers/finger/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numbers>
#include <string>
#include <vector>

#include "matchers/finger/calibration.h"
#include "matchers/finger/comparison.h"
#include "matchers/finger/extraction.h"
#include "matchers/finger/finger.h"
#include "matchers/finger/template.h"
#include "matchers/formats/minutiae_record.h"
#include "matchers/image/encode.h"
#include "tests/support/status_matchers.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"

namespace distinct::finger {
namespace {

using distinct::testing::IsOk;
using distinct::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr float kPi = std::numbers::pi_v<float>;

// Templates of a generated finger's picture.
std::string Printed(FingerExtractor& extractor, uint64_t person, uint32_t impression) {
  const auto master = synthesis::MakeMaster({8, person, Position::kRightIndex});
  image::GreyImage grey;
  grey.width_px = synthesis::kImpressionWidthPx;
  grey.height_px = synthesis::kImpressionHeightPx;
  grey.pixels = synthesis::MakeImpression(master, impression, {0.2F}).grey;
  const std::string png = image::EncodePng(image::View(grey));
  const auto extraction = extractor.Extract({Position::kRightIndex, png, 500}, nullptr);
  EXPECT_THAT(extraction, IsOk());
  return extraction.ok() ? extraction->features.bytes : std::string();
}

std::string ViaRecord(FingerExtractor& extractor, const std::string& template_bytes) {
  const std::string record = WriteRecord(template_bytes, Position::kRightIndex);
  const auto extraction = extractor.Extract({Position::kRightIndex, record, 0}, nullptr);
  EXPECT_THAT(extraction, IsOk());
  if (!extraction.ok()) return {};
  EXPECT_THAT(extraction->flags, ElementsAre("TEMPLATE_ONLY"));
  EXPECT_THAT(ValidateTemplate(extraction->features.bytes), IsOk());
  return extraction->features.bytes;
}

std::string RecordOf(std::vector<formats::RecordMinutia> minutiae, uint8_t quality = 0) {
  formats::MinutiaeRecord record{formats::RecordStandard::kIso2005, 400, 400, {}};
  record.views.push_back({Position::kRightIndex, 0, 0, quality, std::move(minutiae)});
  return formats::WriteIsoRecord(record);
}

TEST(Record, KeepsPlacesDirectionsAndQualityButNotTheCodes) {
  FingerExtractor extractor;
  const std::string printed = Printed(extractor, 1, 0);
  const std::string kept = ViaRecord(extractor, printed);
  const TemplateView a(printed);
  const TemplateView b(kept);
  EXPECT_TRUE(a.has_codes());
  EXPECT_FALSE(b.has_codes());
  EXPECT_EQ(b.quality(), a.quality());
  EXPECT_EQ(b.width_px(), a.width_px());
  EXPECT_EQ(b.height_px(), a.height_px());
  ASSERT_EQ(a.count(), b.count());
  for (int i = 0; i < a.count(); ++i) {
    bool found = false;
    for (int j = 0; j < b.count(); ++j) {
      const Minutia m = a.geometry(i);
      const Minutia n = b.geometry(j);
      found = found || (std::fabs(m.x_px - n.x_px) <= 0.5F && std::fabs(m.y_px - n.y_px) <= 0.5F &&
                        a.turn(i) == b.turn(j) && m.quality == n.quality && m.type == n.type);
    }
    EXPECT_TRUE(found) << i;
  }
}

TEST(Record, OfAFingerIsCloserToItsPictureThanToStrangersEitherWay) {
  FingerExtractor extractor;
  std::vector<std::string> first, second, records;
  for (uint64_t person = 0; person < 6; ++person) {
    first.push_back(Printed(extractor, person, 0));
    second.push_back(Printed(extractor, person, 1));
    records.push_back(ViaRecord(extractor, second.back()));
  }
  for (size_t i = 0; i < first.size(); ++i) {
    for (size_t j = 0; j < records.size(); ++j) {
      const float printed = FingerProbe(first[i]).Compare(records[j]).value;
      const float recorded = FingerProbe(records[j]).Compare(first[i]).value;
      // The picture's codes say nothing here: both ways, geometry alone is compared.
      const float both = FingerProbe(ViaRecord(extractor, first[i])).Compare(records[j]).value;
      EXPECT_NEAR(printed, both, 0.15F);
      for (const float score : {printed, recorded, both}) {
        if (i == j) {
          EXPECT_GT(CalibrateScore({score}).value, 4) << i;
        } else {
          EXPECT_LT(CalibrateScore({score}).value, 4) << i << " " << j;
        }
      }
    }
  }
}

TEST(Record, CanBeComparedButNotSearchedFor) {
  FingerExtractor extractor;
  const auto modality = CreateFingerModality();
  const std::string printed = Printed(extractor, 2, 0);
  const std::string recorded = ViaRecord(extractor, printed);
  EXPECT_TRUE(modality->Searchable(printed));
  EXPECT_FALSE(modality->Searchable(recorded));
  EXPECT_THAT(modality->Validate(recorded), IsOk());
  EXPECT_GT(modality->Calibrate(modality->Prepare(recorded)->Compare(printed)).value, 4);
}

TEST(Record, IsOrderedByQualityThenByNearnessToTheMiddle) {
  std::vector<formats::RecordMinutia> minutiae;
  for (int i = 0; i < 60; ++i) {
    const auto f = static_cast<float>(i);
    minutiae.push_back({6 * f, 200, 0, 0, formats::RecordMinutia::Type::kEnding});
  }
  minutiae[59].quality = 80;
  const auto extraction = ExtractRecord({Position::kRightIndex, RecordOf(minutiae, 33), 0});
  ASSERT_THAT(extraction, IsOk());
  EXPECT_EQ(extraction->features.quality, Quality{33});
  const TemplateView view(extraction->features.bytes);
  EXPECT_EQ(view.count(), kMinutiaeMax);
  EXPECT_EQ(view.geometry(0).x_px, 6 * 59);
  for (int i = 1; i < view.count(); ++i) {
    EXPECT_NEAR(view.geometry(i).x_px, 177, 6 * 24) << i;  // not the first 48 of the list
  }
}

TEST(Record, ThatSaysTooLittleIsUnusableAndOneOfAnotherFingerIsRefused) {
  std::vector<formats::RecordMinutia> minutiae(3);
  EXPECT_THAT(ExtractRecord({Position::kRightIndex, RecordOf(minutiae), 0}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "got 3, want at least 4"));
  minutiae.resize(4);
  EXPECT_THAT(ExtractRecord({Position::kRightIndex, RecordOf(minutiae), 0}), IsOk());
  EXPECT_THAT(ExtractRecord({Position::kUnknownFinger, RecordOf(minutiae), 0}), IsOk());
  EXPECT_THAT(ExtractRecord({Position::kLeftThumb, RecordOf(minutiae), 0}),
              StatusIs(absl::StatusCode::kInvalidArgument, "want one of LEFT_THUMB"));
  formats::MinutiaeRecord large{formats::RecordStandard::kIso2005, 4000, 400, {}};
  large.views.push_back({Position::kRightIndex, 0, 0, 0, minutiae});
  EXPECT_THAT(ExtractRecord({Position::kRightIndex, formats::WriteIsoRecord(large), 0}),
              StatusIs(absl::StatusCode::kInvalidArgument, "want at most 2047"));
}

// A record of another maker beside the picture it was made from, where there are any: a wrong sign
// of directions or a mirrored axis fails silently everywhere else. That maker centred the picture
// in 300 x 400 px.
TEST(Record, OfAnotherMakerHasOurConvention) {
  const char* const data = std::getenv("DISTINCT_DATA");
  const auto read = [&](const std::string& name) {
    std::ifstream in(std::string(data == nullptr ? "" : data) + name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string png = read("/finger/fvc2002_db1/101_1.png");
  const std::string record = read("/formats/iso19794-2/secugen_fvc2002_db1_101_1.iso");
  if (png.empty() || record.empty()) GTEST_SKIP() << "no record with its picture";
  constexpr float kShiftX = (388 - 300) / 2.0F;
  constexpr float kShiftY = (374 - 400) / 2.0F;
  FingerExtractor extractor;
  const auto ours = extractor.Extract({Position::kRightIndex, png, 500}, nullptr);
  const auto theirs = extractor.Extract({Position::kRightIndex, record, 0}, nullptr);
  ASSERT_THAT(ours, IsOk());
  ASSERT_THAT(theirs, IsOk());
  const TemplateView a(ours->features.bytes);
  const TemplateView b(theirs->features.bytes);
  int near = 0;
  int near_mirrored = 0;
  for (int j = 0; j < b.count(); ++j) {
    const Minutia n = b.geometry(j);
    bool found = false;
    bool mirrored = false;
    for (int i = 0; i < a.count(); ++i) {
      const Minutia m = a.geometry(i);
      if (std::hypot(m.x_px - n.x_px - kShiftX, m.y_px - n.y_px - kShiftY) > 12) continue;
      const auto agrees = [&](float direction_rad) {
        return std::fabs(std::remainder(m.direction_rad - direction_rad, 2 * kPi)) < 0.4F;
      };
      found = found || agrees(n.direction_rad);
      mirrored = mirrored || agrees(-n.direction_rad) || agrees(n.direction_rad + kPi);
    }
    near += found ? 1 : 0;
    near_mirrored += mirrored ? 1 : 0;
  }
  EXPECT_GT(near, b.count() / 2);
  EXPECT_LT(near_mirrored, b.count() / 3);
  EXPECT_GT(CalibrateScore(FingerProbe(ours->features.bytes).Compare(theirs->features.bytes)).value,
            4);
  const std::string stranger = read("/formats/iso19794-2/secugen_fvc2002_db1_102_1.iso");
  const auto other = extractor.Extract({Position::kRightIndex, stranger, 0}, nullptr);
  ASSERT_THAT(other, IsOk());
  EXPECT_LT(CalibrateScore(FingerProbe(ours->features.bytes).Compare(other->features.bytes)).value,
            0);
}

}  // namespace
}  // namespace distinct::finger
