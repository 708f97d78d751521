// The demo replaces the store of its last run, and never one that anybody has used since.
//
// RocksDB writes a new manifest whenever a server opens a store: OUT/store.made holds the name of
// the last that a demo saw.
#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace distinct::demo {

// FAILED_PRECONDITION: OUT/store is there and not as a demo left it.
absl::Status CheckStoreIsOurs(const std::filesystem::path& out);

// Notes OUT/store, which may not be there yet, as the demo's own. INVALID_ARGUMENT: OUT cannot be
// written.
absl::Status ClaimStore(const std::filesystem::path& out);

}  // namespace distinct::demo
