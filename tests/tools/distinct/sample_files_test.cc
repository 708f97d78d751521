#include "tools/distinct/sample_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::cli {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;

void Touch(const TempDir& dir, const std::string& name) { std::ofstream(dir / name) << "x"; }

TEST(SampleFiles, AnArgumentIsPositionFileAndResolution) {
  const auto plain = ParseSampleArgument("RIGHT_INDEX=a=b.png");
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(plain->position, v1::RIGHT_INDEX);
  EXPECT_EQ(plain->path, "a=b.png");
  EXPECT_DOUBLE_EQ(plain->dpi, 0);
  const auto scaled = ParseSampleArgument("3=a.png@1000");
  ASSERT_THAT(scaled, IsOk());
  EXPECT_EQ(scaled->position, v1::RIGHT_MIDDLE);
  EXPECT_EQ(scaled->path, "a.png");
  EXPECT_DOUBLE_EQ(scaled->dpi, 1000);
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(ParseSampleArgument("a.png"), StatusIs(kInvalid, "POSITION=FILE"));
  EXPECT_THAT(ParseSampleArgument("THUMB=a.png"), StatusIs(kInvalid, "\"THUMB\""));
  EXPECT_THAT(ParseSampleArgument("FACE=a.png@x"), StatusIs(kInvalid, "dots per inch"));
}

TEST(SampleFiles, AFileWhoseNameHoldsAnAtSignIsThatFile) {
  const TempDir dir;
  Touch(dir, "a@2x.png");
  const auto sample = ParseSampleArgument("FACE=" + (dir / "a@2x.png").string());
  ASSERT_THAT(sample, IsOk());
  EXPECT_EQ(sample->path, (dir / "a@2x.png").string());
}

TEST(SampleFiles, NamesSayPersonPositionAndImpression) {
  const TempDir dir;
  for (const char* name : {"ann_lee_LEFT_INDEX_2.png", "ann_lee_LEFT_INDEX_1.png",
                           "ann_lee_FACE_1.jpg", "012_3_10.png", "012_3_2.png", "notes.txt"}) {
    Touch(dir, name);
  }
  const auto people = ReadPeople(dir.path().string());
  ASSERT_THAT(people, IsOk());
  ASSERT_EQ(people->size(), 2U);
  const auto& ann = people->at("ann_lee");
  ASSERT_EQ(ann.size(), 3U);
  EXPECT_EQ(ann[0].impression, "1");
  EXPECT_EQ(ann[0].sample.position, v1::LEFT_INDEX);
  EXPECT_EQ(ann[1].sample.position, v1::FACE);
  EXPECT_EQ(ann[2].impression, "2");
  const auto& numbered = people->at("012");
  EXPECT_EQ(numbered[0].impression, "2");  // two comes before ten
  EXPECT_EQ(numbered[1].impression, "10");
  EXPECT_EQ(numbered[0].sample.position, v1::RIGHT_MIDDLE);
}

TEST(SampleFiles, AnImageThatNamesNoPositionIsRefused) {
  const TempDir dir;
  Touch(dir, "ann_1.png");
  EXPECT_THAT(ReadPeople(dir.path().string()),
              StatusIs(absl::StatusCode::kInvalidArgument, "ann_1.png"));
}

}  // namespace
}  // namespace distinct::cli
