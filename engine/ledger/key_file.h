// The key file: 32 random bytes that wrap every subject's key. Beside the store and not in it, so
// that a copy of the store alone, or a backup, is useless to whoever takes it.
//
// Errors are FAILED_PRECONDITION and say what to do; none holds a byte of the key.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "engine/ledger/cipher.h"

namespace distinct::ledger {

inline constexpr size_t kKeyIdBytes = 16;

// Tells keys apart without telling anything of them: it may be logged and stands in the store.
std::string KeyId(const Secret& key);

// STORE.key, next to the folder of the store.
std::filesystem::path DefaultKeyFile(const std::filesystem::path& store);

// Refuses a path inside the store, a file that group or others may read, write or execute, and one
// that has not 32 bytes. `want_id` is the key's for which the file is wanted, for the message of a
// file that is missing; empty: not known.
absl::StatusOr<Secret> ReadKeyFile(const std::filesystem::path& file,
                                   const std::filesystem::path& store, std::string_view want_id);

// The key in `file`; if there is none, a new one, mode 0600. On the disk when this returns.
absl::StatusOr<Secret> ReadOrMakeKeyFile(const std::filesystem::path& file,
                                         const std::filesystem::path& store);

}  // namespace distinct::ledger
