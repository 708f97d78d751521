#include "tools/synthesis/town.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <set>

#include "tools/synthesis/contact_sheet.h"

namespace distinct::synthesis {
namespace {

TEST(Town, APersonGivesTenDifferentFingersInOrder) {
  const TownPerson person(1, 1);
  const std::vector<EncodedSample> samples = person.Capture(0);
  std::set<std::string> images;
  ASSERT_EQ(samples.size(), 10u);
  for (size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(samples[i].position), i + 1);
    EXPECT_EQ(samples[i].png.substr(1, 3), "PNG");
    images.insert(samples[i].png);
  }
  EXPECT_EQ(images.size(), 10u);
}

TEST(Town, TheSameCaptureHasTheSameBytesAndAnotherHasOthers) {
  const TownPerson person(1, 2);
  EXPECT_EQ(person.Capture(1)[4].png, TownPerson(1, 2).Capture(1)[4].png);
  EXPECT_NE(person.Capture(1)[4].png, person.Capture(0)[4].png);
}

TEST(ContactSheet, IsTheSamePictureOnAnyNumberOfThreads) {
  const ContactSheetOptions options{.seed = 4, .fingers = 2, .impressions = 2};
  const image::GreyImage many = MakeContactSheet(options);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(MakeContactSheet(options).pixels, many.pixels);
}

}  // namespace
}  // namespace distinct::synthesis
