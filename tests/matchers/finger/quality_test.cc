// The flags, on generated captures of one known fault each. How often they are right is measured,
// not tested: matchers/finger/decisions/0005.
#include "matchers/finger/quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "matchers/finger/extraction.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"
#include "tools/synthesis/true_minutiae.h"

namespace distinct::finger {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kFingers = 8;

synthesis::Master MasterOf(int person) {
  return synthesis::MakeMaster({31, static_cast<uint64_t>(person), Position::kRightIndex});
}

synthesis::Impression CaptureOf(const synthesis::Master& master,
                                const synthesis::Condition& fault) {
  return synthesis::MakeImpression(master, 0, {0.2F}, fault);
}

// Of a finger's capture with no fault but those of `fault`; REFUSED if it was.
std::vector<std::string> FlagsOf(int person, const synthesis::Condition& fault) {
  static FingerExtractor extractor;
  image::GreyImage grey{synthesis::kImpressionWidthPx, synthesis::kImpressionHeightPx, 500, {}};
  grey.pixels = CaptureOf(MasterOf(person), fault).grey;
  const auto extracted = extractor.ExtractPixels(grey, nullptr);
  return extracted.ok() ? extracted->flags : std::vector<std::string>{"REFUSED"};
}

TEST(Flags, AGoodPrintHasNone) {
  for (int i = 0; i < kFingers; ++i)
    EXPECT_THAT(FlagsOf(i, synthesis::Faultless()), IsEmpty()) << i;
}

TEST(Flags, ADryPrintIsDry) {
  synthesis::Condition dry = synthesis::Faultless();
  dry.dryness = 1;
  dry.pressure = -0.4F;
  for (int i = 0; i < kFingers; ++i) EXPECT_THAT(FlagsOf(i, dry), ElementsAre("DRY")) << i;
}

TEST(Flags, ThinWholeRidgesAreNotDry) {
  synthesis::Condition light = synthesis::Faultless();
  light.pressure = -0.7F;
  for (int i = 0; i < kFingers; ++i) EXPECT_THAT(FlagsOf(i, light), IsEmpty()) << i;
}

// Wet prints vary more than dry ones, and half of them are found.
TEST(Flags, AWetPrintIsOftenWetAndNeverDry) {
  synthesis::Condition wet = synthesis::Faultless();
  wet.wetness = 0.5F;
  int found = 0;
  for (int i = 0; i < kFingers; ++i) {
    wet.pressure = 1.3F;
    const std::vector<std::string> flags = FlagsOf(i, wet);
    found += std::count(flags.begin(), flags.end(), "WET") > 0 ? 1 : 0;
    // Nearly black: only the finger's edge stands out, which once looked like dry ridges.
    wet.pressure = 1.8F;
    EXPECT_THAT(FlagsOf(i, wet), Not(Contains("DRY"))) << i;
  }
  EXPECT_GE(found, 3);
}

TEST(Flags, ASmallPrintHasASmallArea) {
  synthesis::Condition small = synthesis::Faultless();
  small.reach = 0.4F;
  for (int i = 0; i < kFingers; ++i) EXPECT_THAT(FlagsOf(i, small), Contains("SMALL_AREA")) << i;
}

TEST(Flags, AFaintPrintHasLowContrast) {
  synthesis::Condition faint = synthesis::Faultless();
  faint.contrast = 0.06F;
  for (int i = 0; i < kFingers; ++i) {
    const std::vector<std::string> flags = FlagsOf(i, faint);
    EXPECT_THAT(flags, Contains("LOW_CONTRAST")) << i;
    EXPECT_THAT(flags, Not(Contains("SMALL_AREA"))) << i;
  }
}

TEST(Flags, AWornPrintOftenHasNoRidges) {
  synthesis::Condition worn = synthesis::Faultless();
  worn.noise = 1;
  int found = 0;
  for (int i = 0; i < kFingers; ++i) {
    const std::vector<std::string> flags = FlagsOf(i, worn);
    found += std::count(flags.begin(), flags.end(), "NO_RIDGES") > 0 ? 1 : 0;
    EXPECT_THAT(flags, Not(Contains("WET"))) << i;
  }
  EXPECT_GE(found, 3);
}

TEST(Flags, APrintOfFewMinutiaeSaysSo) {
  int few = 0;
  for (int i = 0; i < kFingers; ++i) {
    for (const float reach : {0.28F, 0.31F, 0.34F, 0.5F}) {
      synthesis::Condition small = synthesis::Faultless();
      small.reach = reach;
      const synthesis::Master master = MasterOf(i);
      const auto truth =
          synthesis::VisibleMinutiae(synthesis::TrueMinutiae(master), CaptureOf(master, small));
      if (truth.size() > 9 && truth.size() < 15) continue;  // one more or less decides
      const std::vector<std::string> flags = FlagsOf(i, small);
      if (flags == std::vector<std::string>{"REFUSED"}) continue;
      const auto count = std::count(flags.begin(), flags.end(), "FEW_MINUTIAE");
      EXPECT_EQ(count, truth.size() <= 9 ? 1 : 0) << i << ", reach " << reach;
      few += static_cast<int>(count);
    }
  }
  EXPECT_GE(few, 3);
}

}  // namespace
}  // namespace distinct::finger
