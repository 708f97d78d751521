#include "tools/distinct/image_set.h"

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

TEST(ImageSet, IdentityIsWhatStandsBeforeTheLastUnderscore) {
  const TempDir dir;
  for (const char* name : {"012_3_2.png", "012_3_1.PNG", "101_3.tif", "README.md"}) {
    Touch(dir, name);
  }
  const auto set = ReadImageSet(dir.path().string());
  ASSERT_THAT(set, IsOk());
  ASSERT_EQ(set->images.size(), 3U);
  EXPECT_EQ(set->images[0].name, "012_3_1.PNG");
  EXPECT_EQ(set->images[0].identity, "012_3");
  EXPECT_EQ(set->images[0].identity_index, set->images[1].identity_index);
  EXPECT_EQ(set->images[2].identity, "101");
  EXPECT_EQ(set->identities, 2U);
  EXPECT_EQ(set->name, dir.path().filename().string());
  EXPECT_DOUBLE_EQ(set->images[0].dpi, 500);
}

TEST(ImageSet, TakesMinutiaeRecordsForImagesOfPeopleItDoesNot) {
  const TempDir dir;
  for (const char* name : {"1_1.png", "1_2.iso", "2_1.FMR", "2_2.txt"}) Touch(dir, name);
  const auto set = ReadImageSet(dir.path().string() + "@569");
  ASSERT_THAT(set, IsOk());
  ASSERT_EQ(set->images.size(), 3U);
  EXPECT_DOUBLE_EQ(set->images[0].dpi, 569);
  EXPECT_DOUBLE_EQ(set->images[1].dpi, 0);     // a record states its own
  EXPECT_FALSE(HasImageExtension("1_2.iso"));  // nobody is enrolled by a record
}

TEST(ImageSet, ResolutionFollowsTheAtSign) {
  const TempDir dir;
  Touch(dir, "1_1.png");
  const auto set = ReadImageSet(dir.path().string() + "/@569");
  ASSERT_THAT(set, IsOk());
  EXPECT_DOUBLE_EQ(set->images[0].dpi, 569);
  EXPECT_EQ(set->name, dir.path().filename().string());
  EXPECT_THAT(ReadImageSet(dir.path().string() + "@72"),
              StatusIs(absl::StatusCode::kInvalidArgument, "got resolution \"72\""));
}

TEST(ImageSet, AFolderThatCannotBeEvaluatedIsAnError) {
  const TempDir dir;
  EXPECT_THAT(ReadImageSet((dir / "absent").string()),
              StatusIs(absl::StatusCode::kInvalidArgument, "want a folder"));
  EXPECT_THAT(ReadImageSet(dir.path().string()),
              StatusIs(absl::StatusCode::kInvalidArgument, "without images"));
  Touch(dir, "nameless.png");
  EXPECT_THAT(ReadImageSet(dir.path().string()),
              StatusIs(absl::StatusCode::kInvalidArgument, "IDENTITY_IMPRESSION"));
  EXPECT_THAT(ReadFile(dir.path().string()), StatusIs(absl::StatusCode::kNotFound, "directory"));
}

}  // namespace
}  // namespace distinct::cli
