// Records written down byte by byte after the standards, and the laws that any record obeys.
#include "matchers/formats/minutiae_record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numbers>
#include <string>

#include "tests/support/status_matchers.h"

namespace distinct::formats {
namespace {

using distinct::testing::IsOk;
using distinct::testing::StatusIs;
using Type = RecordMinutia::Type;

constexpr float kPi = std::numbers::pi_v<float>;

std::string Bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out.push_back(static_cast<char>(value));
  return out;
}

std::string With(std::string bytes, size_t at, int value) {
  bytes.at(at) = static_cast<char>(value);
  return bytes;
}

// 300 x 400 px at 197 px/cm: the right index, quality 77; an ending at (100, 200), a quarter turn,
// quality 90; a bifurcation at (299, 0), 255/256 turn, no quality.
std::string IsoExample() {
  return Bytes({'F',  'M',  'R',  0,    ' ',  '2',  '0', 0,  // signature, version
                0,    0,    0,    42,                        // length
                0,    0,    0x01, 0x2C, 0x01, 0x90,          // equipment, size
                0,    0xC5, 0,    0xC5, 1,    0,             // resolution, one view
                2,    0,    77,   2,                         // finger, view, quality, count
                0x40, 100,  0,    200,  64,   90,            // ending
                0x81, 0x2B, 0,    0,    255,  0,             // bifurcation
                0,    0});                                   // no extended data
}

// The same two minutiae twice, at 1,000 dpi, after ANSI: three degrees make no whole unit, so a
// quarter turn is 45 and the other direction 178 units (356 degrees). Between the views eight bytes
// of extended data.
std::string AnsiExample() {
  const std::string view = Bytes({7, 0x10, 80, 2,                         //
                                  0x40, 200, 1, 0x90, 45, 90,             // (200, 400)
                                  0x82, 0x57, 0, 0, 178, 254});           // (599, 0)
  return Bytes({'F',  'M',  'R',  0,    ' ',  '2',  '0',  0,    0, 70,    // two bytes of length
                0,    0x42, 0,    0x11, 0,    0xB5,                       // product, equipment
                0x02, 0x58, 0x03, 0x20, 0x01, 0x8A, 0x01, 0x8A, 2, 0}) +  // 600 x 800, 394 px/cm
         view +
         Bytes({0, 8, 0, 1, 0, 8, 9, 9, 9, 9}) + view + Bytes({0, 0});
}

TEST(MinutiaeRecord, OfIsoIsReadAsWrittenDown) {
  ASSERT_TRUE(IsMinutiaeRecord(IsoExample()));
  const auto record = ReadMinutiaeRecord(IsoExample());
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->standard, RecordStandard::kIso2005);
  EXPECT_EQ(record->width_px, 300);
  EXPECT_EQ(record->height_px, 400);
  ASSERT_EQ(record->views.size(), 1U);
  const FingerView& view = record->views[0];
  EXPECT_EQ(view.position, Position::kRightIndex);
  EXPECT_EQ(view.quality, 77);
  ASSERT_EQ(view.minutiae.size(), 2U);
  EXPECT_EQ(view.minutiae[0].type, Type::kEnding);
  EXPECT_EQ(view.minutiae[0].x_px, 100);
  EXPECT_EQ(view.minutiae[0].y_px, 200);
  EXPECT_NEAR(view.minutiae[0].direction_rad, kPi / 2, 1e-6);
  EXPECT_EQ(view.minutiae[0].quality, 90);
  EXPECT_EQ(view.minutiae[1].type, Type::kBifurcation);
  EXPECT_EQ(view.minutiae[1].x_px, 299);
  EXPECT_NEAR(view.minutiae[1].direction_rad, 2 * kPi * 255 / 256, 1e-5);
  EXPECT_EQ(view.minutiae[1].quality, 0);
}

TEST(MinutiaeRecord, OfAnsiHasItsOwnHeaderUnitsAndResolution) {
  const auto record = ReadMinutiaeRecord(AnsiExample());
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->standard, RecordStandard::kAnsi2004);
  EXPECT_NEAR(record->width_px, 300, 0.3);
  ASSERT_EQ(record->views.size(), 2U);
  for (const FingerView& view : record->views) {
    EXPECT_EQ(view.position, Position::kLeftIndex);
    EXPECT_EQ(view.number, 1);
    ASSERT_EQ(view.minutiae.size(), 2U);
    // Half the place, between pixel centres: (200.5 / 2 - 0.5, 400.5 / 2 - 0.5).
    EXPECT_NEAR(view.minutiae[0].x_px, 99.75, 0.1);
    EXPECT_NEAR(view.minutiae[0].y_px, 199.75, 0.2);
    EXPECT_NEAR(view.minutiae[0].direction_rad, kPi / 2, 1e-6);
    EXPECT_NEAR(view.minutiae[1].direction_rad, 2 * kPi * 356 / 360, 1e-5);
    EXPECT_EQ(view.minutiae[1].quality, 0);  // 254: not attempted
  }
}

TEST(MinutiaeRecord, IsWrittenAsTheExample) {
  const auto record = ReadMinutiaeRecord(IsoExample());
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(WriteIsoRecord(*record), IsoExample());
}

TEST(MinutiaeRecord, ComesBackAsItWasWritten) {
  rc::check([] {
    const auto below = [](int end) { return *rc::gen::inRange(0, end); };
    MinutiaeRecord want{RecordStandard::kIso2005, 1.0 + below(1000), 1.0 + below(1000), {}};
    want.views.resize(1 + static_cast<size_t>(below(3)));
    for (FingerView& view : want.views) {
      view.position = *PositionFromNumber(below(11));
      view.number = static_cast<uint8_t>(below(16));
      view.impression = static_cast<uint8_t>(below(16));
      view.quality = static_cast<uint8_t>(below(101));
      view.minutiae.resize(static_cast<size_t>(below(6)));
      for (RecordMinutia& m : view.minutiae) {
        m = {static_cast<float>(below(static_cast<int>(want.width_px))),
             static_cast<float>(below(static_cast<int>(want.height_px))),
             static_cast<float>(below(256)) * 2 * kPi / 256, static_cast<uint8_t>(below(101)),
             static_cast<Type>(below(3))};
      }
    }
    const auto got = ReadMinutiaeRecord(WriteIsoRecord(want));
    RC_ASSERT(got.ok());
    RC_ASSERT(got->width_px == want.width_px && got->height_px == want.height_px);
    RC_ASSERT(got->views.size() == want.views.size());
    for (size_t v = 0; v < want.views.size(); ++v) {
      const FingerView& a = want.views[v];
      const FingerView& b = got->views[v];
      RC_ASSERT(a.position == b.position && a.number == b.number);
      RC_ASSERT(a.impression == b.impression && a.quality == b.quality);
      RC_ASSERT(a.minutiae.size() == b.minutiae.size());
      for (size_t i = 0; i < a.minutiae.size(); ++i) {
        RC_ASSERT(a.minutiae[i].x_px == b.minutiae[i].x_px);
        RC_ASSERT(a.minutiae[i].y_px == b.minutiae[i].y_px);
        RC_ASSERT(std::fabs(a.minutiae[i].direction_rad - b.minutiae[i].direction_rad) < 1e-5F);
        RC_ASSERT(a.minutiae[i].quality == b.minutiae[i].quality);
        RC_ASSERT(a.minutiae[i].type == b.minutiae[i].type);
      }
    }
  });
}

TEST(MinutiaeRecord, TakesTheTrueResolutionFromTheCallerBeforeItsOwn) {
  const auto record = ReadMinutiaeRecord(IsoExample(), 1000);
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->width_px, 150);
  EXPECT_EQ(record->views[0].minutiae[0].x_px, 49.75F);
}

TEST(MinutiaeRecord, OfOblongPixelsTurnsItsDirections) {
  // Twice as many pixels a centimetre across as down: 45 degrees of the record's pixels are
  // steeper.
  std::string bytes = With(With(IsoExample(), 18, 0x01), 19, 0x8A);
  bytes = With(bytes, 32, 32);
  const auto record = ReadMinutiaeRecord(bytes);
  ASSERT_THAT(record, IsOk());
  EXPECT_NEAR(record->views[0].minutiae[0].x_px, 49.7, 0.1);
  EXPECT_EQ(record->views[0].minutiae[0].y_px, 200);
  EXPECT_NEAR(record->views[0].minutiae[0].direction_rad, std::atan2(2, 1), 0.002);
}

TEST(MinutiaeRecord, MayBePaddedAndLoseExtendedDataButNoMinutia) {
  const std::string bytes = IsoExample();
  EXPECT_THAT(ReadMinutiaeRecord(bytes + std::string(358, '\0')), IsOk());
  EXPECT_THAT(ReadMinutiaeRecord(With(bytes, 41, 9)), IsOk());  // nine bytes that are not there
  EXPECT_THAT(ReadMinutiaeRecord(With(bytes, 11, 39)),
              StatusIs(absl::StatusCode::kInvalidArgument, "which end in views[0]"));
  EXPECT_THAT(ReadMinutiaeRecord(bytes.substr(0, 41)),
              StatusIs(absl::StatusCode::kInvalidArgument, "record.length: got 42"));
}

TEST(MinutiaeRecord, ThatContradictsItsStandardIsRefusedWithFieldGotAndWant) {
  const std::string good = IsoExample();
  const auto refused = [](const std::string& bytes, const char* text) {
    EXPECT_THAT(ReadMinutiaeRecord(bytes), StatusIs(absl::StatusCode::kInvalidArgument, text));
  };
  refused("", "got other leading bytes");
  refused(good.substr(0, 25), "got 25 bytes");
  refused(good + std::string(kRecordBytesMax, '\0'), "want at most 65535");
  refused(With(With(good, 4, '0'), 5, '3'), "record.version: got 0x30333000");
  refused(With(good, 11, 20), "record.length: got 20, want 24 to the 42 bytes");
  refused(With(With(good, 14, 0), 15, 0), "record.size: got 0 x 400 px");
  refused(With(good, 19, 90), "record.x_resolution: got 228.6 dpi, want 250 to 2000");
  refused(With(good, 21, 0), "record.y_resolution: got 0 dpi");
  refused(With(good, 22, 0), "record.views: got 0, want at least 1");
  refused(With(good, 22, 2), "which end in views[1], want 2 whole views");
  refused(With(good, 24, 13), "record.views[0].position: got 13, want 0 to 10");
  refused(With(good, 26, 101), "record.views[0].quality: got 101, want 0 to 100");
  refused(With(good, 27, 3), "which end in views[0], want 1 whole views");
  refused(With(good, 28, 0xC0), "record.views[0].minutiae[0].type: got 3, want 0 to 2");
  refused(With(good, 35, 0x2C), "record.views[0].minutiae[1].place: got (300, 0)");
  refused(With(good, 33, 253), "record.views[0].minutiae[0].quality: got 253");
  refused(With(AnsiExample(), 34, 180), "record.views[0].minutiae[0].direction: got 180");
}

TEST(MinutiaeRecord, GivesTheViewOfTheFingerThatWasAskedFor) {
  MinutiaeRecord record{RecordStandard::kIso2005, 300, 400, std::vector<FingerView>(3)};
  record.views[0].position = Position::kLeftIndex;
  record.views[1].position = record.views[2].position = Position::kRightIndex;
  record.views[1].quality = 40;
  record.views[2].quality = 60;
  const auto chosen = [&](Position position) { return ChooseView(record, position); };
  ASSERT_THAT(chosen(Position::kRightIndex), IsOk());
  EXPECT_EQ(*chosen(Position::kRightIndex), &record.views[2]);
  EXPECT_EQ(*chosen(Position::kLeftIndex), &record.views[0]);
  EXPECT_THAT(chosen(Position::kLeftThumb),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "got LEFT_INDEX, RIGHT_INDEX, RIGHT_INDEX, want one of LEFT_THUMB"));
  EXPECT_THAT(chosen(Position::kUnknownFinger),
              StatusIs(absl::StatusCode::kInvalidArgument, "want one finger"));
  record.views.erase(record.views.begin());
  EXPECT_EQ(*chosen(Position::kUnknownFinger), &record.views[1]);
  // A finger that the record leaves unknown may be the one that is meant.
  record.views.resize(1);
  record.views[0].position = Position::kUnknownFinger;
  EXPECT_EQ(*chosen(Position::kLeftThumb), &record.views[0]);
}

// Samples of other makers, where there are any.
TEST(MinutiaeRecord, OfOtherMakersIsRead) {
  const char* const data = std::getenv("DISTINCT_DATA");
  const std::string folder = std::string(data == nullptr ? "" : data) + "/formats/iso19794-2/";
  const auto read = [&](const char* name) {
    std::ifstream in(folder + name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  if (read("fmr.iso2005").empty()) GTEST_SKIP() << "no sample records";
  const auto counts = [&](const char* name) {
    const auto record = ReadMinutiaeRecord(read(name));
    EXPECT_THAT(record, IsOk()) << name;
    std::vector<size_t> out;
    if (record.ok()) {
      for (const FingerView& view : record->views) out.push_back(view.minutiae.size());
    }
    return out;
  };
  EXPECT_EQ(counts("fmr.iso2005"), (std::vector<size_t>{27, 22}));
  EXPECT_EQ(counts("fmr.ansi2004"), (std::vector<size_t>{27, 22, 28}));
  EXPECT_EQ(counts("a001_03p.ist"), (std::vector<size_t>{68}));
  EXPECT_EQ(counts("a004_05p.ist"), (std::vector<size_t>{68}));
  EXPECT_EQ(counts("b001_08p.ist"), (std::vector<size_t>{68}));
  EXPECT_EQ(counts("secugen_fvc2002_db1_101_1.iso"), (std::vector<size_t>{25}));
  EXPECT_EQ(counts("secugen_fvc2002_db1_101_2.iso"), (std::vector<size_t>{16}));
  EXPECT_EQ(counts("secugen_fvc2002_db1_102_1.iso"), (std::vector<size_t>{45}));
  EXPECT_THAT(ReadMinutiaeRecord(read("fmr.ansi2007")),
              StatusIs(absl::StatusCode::kInvalidArgument, "record.version"));
}

}  // namespace
}  // namespace distinct::formats
