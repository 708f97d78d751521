#include "tools/demo/own_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::demo {
namespace {

using distinct::testing::IsOk;
using distinct::testing::StatusIs;
using distinct::testing::TempDir;

void Open(const std::filesystem::path& out, const std::string& manifest) {
  std::filesystem::create_directories(out / "store");
  std::ofstream(out / "store" / "CURRENT") << manifest << "\n";
}

TEST(OwnStore, IsReplacedUntilAServerOpensIt) {
  const TempDir out;
  EXPECT_THAT(CheckStoreIsOurs(out.path()), IsOk());
  ASSERT_THAT(ClaimStore(out.path()), IsOk());
  Open(out.path(), "MANIFEST-000005");
  EXPECT_THAT(CheckStoreIsOurs(out.path()), IsOk()) << "a demo that was stopped in the middle";
  ASSERT_THAT(ClaimStore(out.path()), IsOk());
  EXPECT_THAT(CheckStoreIsOurs(out.path()), IsOk());
  Open(out.path(), "MANIFEST-000009");
  EXPECT_THAT(CheckStoreIsOurs(out.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition, "move that folder away"));
}

TEST(OwnStore, OfUnknownOriginIsKept) {
  const TempDir out;
  Open(out.path(), "MANIFEST-000005");
  EXPECT_THAT(CheckStoreIsOurs(out.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition, "a server has used"));
}

}  // namespace
}  // namespace distinct::demo
