#include "matchers/finger/template.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <numbers>
#include <string>

#include "tests/support/status_matchers.h"

namespace distinct::finger {
namespace {

using distinct::testing::IsOk;
using distinct::testing::StatusIs;

FingerTemplate Example(int minutiae) {
  FingerTemplate out{300, 400, Quality{77}, {}};
  for (int i = 0; i < minutiae; ++i) {
    Minutia m;
    m.x_px = 10.5F + static_cast<float>(7 * i);
    m.y_px = 399.5F - static_cast<float>(8 * i);
    m.direction_rad = static_cast<float>(i % 256) * 2 * std::numbers::pi_v<float> / 256;
    m.quality = static_cast<uint8_t>(100 - i);
    m.type = i % 3 == 0 ? MinutiaType::kBifurcation : MinutiaType::kEnding;
    m.code = {0x0123456789ABCDEFULL * static_cast<uint64_t>(i + 1), ~static_cast<uint64_t>(i)};
    out.minutiae.push_back(m);
  }
  return out;
}

TEST(FingerTemplateBytes, Are957At45Minutiae) { EXPECT_EQ(Serialize(Example(45)).size(), 957U); }

TEST(FingerTemplateBytes, ComeBackAsTheyWere) {
  const FingerTemplate want = Example(kMinutiaeMax);
  const auto got = ParseTemplate(Serialize(want));
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->width_px, want.width_px);
  EXPECT_EQ(got->height_px, want.height_px);
  EXPECT_EQ(got->quality, want.quality);
  ASSERT_EQ(got->minutiae.size(), want.minutiae.size());
  for (size_t i = 0; i < want.minutiae.size(); ++i) {
    const Minutia& a = want.minutiae[i];
    const Minutia& b = got->minutiae[i];
    EXPECT_EQ(a.x_px, b.x_px);
    EXPECT_EQ(a.y_px, b.y_px);
    EXPECT_NEAR(a.direction_rad, b.direction_rad, 1e-5);
    EXPECT_EQ(a.quality, b.quality);
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.code.low, b.code.low);
    EXPECT_EQ(a.code.high, b.code.high);
  }
}

TEST(FingerTemplateBytes, KeepTheWorkedExampleOfFormatMd) {
  FingerTemplate one{300, 400, Quality{77}, {}};
  for (int i = 0; i < 4; ++i) {
    Minutia m;
    m.x_px = 100.5F;
    m.y_px = 200;
    m.direction_rad = std::numbers::pi_v<float> / 2;
    m.quality = 90;
    m.type = MinutiaType::kBifurcation;
    m.code = {1, 2};
    one.minutiae.push_back(m);
  }
  const std::string bytes = Serialize(one);
  const std::string header("\x44\x46\x03\x4D\x2C\x01\x90\x01\x04\x00\x00\x00", 12);
  const std::string code("\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0", 16);
  const std::string geometry("\xC9\x00\x19\x40\xB5", 5);
  EXPECT_EQ(bytes, header + code + code + code + code + geometry + geometry + geometry + geometry);
}

TEST(FingerTemplateBytes, LeaveTheCodesOutWhereThereAreNone) {
  FingerTemplate features = Example(4);
  const std::string with = Serialize(features);
  features.has_codes = false;
  const std::string without = Serialize(features);
  EXPECT_EQ(without, with.substr(0, 9) + '\1' + std::string(2, '\0') +
                         with.substr(with.size() - 4 * TemplateView::kGeometryBytes));
  EXPECT_TRUE(TemplateView(without).codes().empty());
  const auto back = ParseTemplate(without);
  ASSERT_THAT(back, IsOk());
  EXPECT_FALSE(back->has_codes);
  EXPECT_EQ(Serialize(*back), without);
  EXPECT_EQ(TemplateView(without).geometry(3).x_px, TemplateView(with).geometry(3).x_px);
  EXPECT_EQ(TemplateView(without).turn(3), TemplateView(with).turn(3));
}

TEST(FingerTemplateBytes, RoundAnyPlaceToHalfAPixelAndAnyDirectionToA256th) {
  rc::check([] {
    FingerTemplate in = Example(4);
    Minutia& m = in.minutiae[0];
    m.x_px = static_cast<float>(*rc::gen::inRange(0, 204700)) / 100;
    m.y_px = static_cast<float>(*rc::gen::inRange(0, 204700)) / 100;
    m.direction_rad = static_cast<float>(*rc::gen::inRange(0, 6283)) / 1000;
    const auto out = ParseTemplate(Serialize(in));
    RC_ASSERT(out.ok());
    RC_ASSERT(std::abs(out->minutiae[0].x_px - m.x_px) <= 0.2501F);
    RC_ASSERT(std::abs(out->minutiae[0].y_px - m.y_px) <= 0.2501F);
    const float turn = std::abs(out->minutiae[0].direction_rad - m.direction_rad);
    RC_ASSERT(std::min(turn, 2 * std::numbers::pi_v<float> - turn) <= 0.0124F);
  });
}

TEST(FingerTemplateBytes, OfALaterWriterAreReadWithoutWhatItAdded) {
  const std::string bytes = Serialize(Example(10));
  const std::string later = bytes + std::string("\x07\x02\x00zz\x08\x00\x00", 8);
  ASSERT_THAT(ValidateTemplate(later), IsOk());
  EXPECT_EQ(Serialize(*ParseTemplate(later)), bytes);
  EXPECT_EQ(TemplateView(later).codes(), TemplateView(bytes).codes());
}

TEST(FingerTemplateBytes, OfOthersAreRefusedWithWhatToDo) {
  const std::string good = Serialize(Example(10));
  ASSERT_THAT(ValidateTemplate(good), IsOk());
  const auto refused = [](std::string bytes, const char* text) {
    EXPECT_THAT(ValidateTemplate(bytes), StatusIs(absl::StatusCode::kInvalidArgument, text));
    EXPECT_THAT(ParseTemplate(bytes),
                StatusIs(absl::StatusCode::kInvalidArgument, "extract the sample again"));
  };
  const auto with = [&](size_t at, char value) {
    std::string bytes = good;
    bytes[at] = value;
    return bytes;
  };
  refused("", "got 0 bytes");
  refused(good.substr(0, 11), "got 11 bytes");
  refused(good.substr(0, good.size() - 1), "for 10 minutiae");
  refused(good + "x", "got 1 bytes after the minutiae, want whole extensions");
  refused(good + std::string("\x07\x02\x00z", 4), "got 4 bytes after the minutiae");
  refused(good + std::string("\x07\xFE\x03", 3) + std::string(1022, 'z'), "at most 1024");
  refused(with(0, 'X'), "other leading bytes");
  refused(with(2, 1), "got version 1, want 3");
  refused(with(3, 101), "quality 101");
  refused(with(8, 3), "got 3 minutiae, want 4 to 48");
  refused(with(8, 49), "got 49 minutiae");
  refused(with(9, 2), "got without_codes 2, want 0 or 1");
  refused(with(9, 1), "bytes after the minutiae");  // the codes are there
  refused(with(10, 1), "reserved bytes");
  refused(with(5, 8), "extent");
}

}  // namespace
}  // namespace distinct::finger
