// Whether a path lies in a folder: what must survive a store, or must not be copied with it, may
// not lie in its own.
#pragma once

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace distinct::ledger {

// Also if it is the folder itself. Links are followed; neither has to be there.
inline bool IsWithin(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code error;
  const auto inner = std::filesystem::weakly_canonical(path, error);
  const auto outer = std::filesystem::weakly_canonical(folder, error);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace distinct::ledger
