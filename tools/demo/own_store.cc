#include "tools/demo/own_store.h"

#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "tools/distinct/image_set.h"
#include "tools/distinct/json_output.h"

namespace distinct::demo {
namespace {

namespace fs = std::filesystem;

// A demo that was stopped in the middle leaves its claim from before there was a manifest.
constexpr char kBegun[] = "begun";

std::string ManifestOf(const fs::path& store) {
  return cli::ReadFile((store / "CURRENT").string()).value_or(kBegun);
}

}  // namespace

absl::Status CheckStoreIsOurs(const fs::path& out) {
  const fs::path store = out / "store";
  std::error_code ignored;
  if (!fs::exists(store, ignored)) return absl::OkStatus();
  const std::string claimed = cli::ReadFile((out / "store.made").string()).value_or("");
  if (claimed == kBegun || claimed == ManifestOf(store)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("out: got ", store.string(),
                   ", which a server has used since the last demo ended, want to keep what is in "
                   "it; move that folder away or give --out another"));
}

absl::Status ClaimStore(const fs::path& out) {
  std::error_code error;
  fs::create_directories(out, error);
  return cli::WriteText(ManifestOf(out / "store"), (out / "store.made").string());
}

}  // namespace distinct::demo
