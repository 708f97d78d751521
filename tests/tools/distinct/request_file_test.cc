#include "tools/distinct/request_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::cli {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

v1::EnrolRequest Request(const std::string& id, size_t template_bytes) {
  v1::EnrolRequest request;
  request.set_enrolment_id(id);
  request.mutable_biometrics()->add_templates()->set_data(std::string(template_bytes, 'x'));
  return request;
}

std::string Written(const testing::TempDir& folder) {
  const std::string path = (folder / "a.binpb").string();
  RequestWriter writer(path);
  // Lengths of one, two and three bytes.
  for (const size_t bytes : {1, 300, 30'000}) {
    EXPECT_THAT(writer.Write(Request("e", bytes)), IsOk());
  }
  EXPECT_THAT(writer.Close(), IsOk());
  return path;
}

TEST(RequestFile, GivesBackWhatWasWritten) {
  const testing::TempDir folder;
  RequestReader reader(Written(folder));
  for (const size_t bytes : {1, 300, 30'000}) {
    const auto next = reader.Next();
    ASSERT_THAT(next, IsOk());
    ASSERT_TRUE(next->has_value());
    EXPECT_EQ((*next)->SerializeAsString(), Request("e", bytes).SerializeAsString());
  }
  const auto end = reader.Next();
  ASSERT_THAT(end, IsOk());
  EXPECT_FALSE(end->has_value());
}

TEST(RequestFile, CutShortAnywhereIsAnError) {
  const testing::TempDir folder;
  const std::string path = Written(folder);
  const auto whole = std::filesystem::file_size(path);
  for (const uintmax_t cut : {uintmax_t{1}, uintmax_t{29'000}, uintmax_t{30'011}}) {
    std::filesystem::resize_file(path, whole - cut);
    RequestReader reader(path);
    absl::StatusOr<std::optional<v1::EnrolRequest>> next = reader.Next();
    while (next.ok() && next->has_value()) next = reader.Next();
    EXPECT_THAT(next, StatusIs(absl::StatusCode::kInvalidArgument, "make it again")) << cut;
    Written(folder);
  }
}

TEST(RequestFile, OfOtherBytesIsAnErrorAndNoCrash) {
  const testing::TempDir folder;
  const std::string path = (folder / "b.binpb").string();
  std::ofstream(path) << std::string(100, '\xff');
  EXPECT_THAT(RequestReader(path).Next(), StatusIs(absl::StatusCode::kInvalidArgument, "b.binpb"));
}

TEST(RequestFile, ThatCannotBeWrittenIsAnError) {
  RequestWriter writer("/nonexistent/a.binpb");
  EXPECT_THAT(writer.Write(Request("e", 1)), StatusIs(absl::StatusCode::kUnavailable, "output"));
}

}  // namespace
}  // namespace distinct::cli
