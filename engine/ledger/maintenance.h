// What an operator does with a store that no server has open: look whether it is whole, and get one
// back from a backup.
//
// Both read every record as a start does (startup.h) and name the first bad one and the way out.
#pragma once

#include <cstdint>
#include <filesystem>

#include "absl/status/statusor.h"
#include "engine/ledger/ledger.h"
#include "engine/ledger/progress.h"
#include "engine/ledger/rocksdb_backup.h"

namespace distinct::ledger {

// What was found whole.
struct StoreFacts {
  Ticket head = kNoTicket;
  uint64_t feed = 0;
  uint64_t audit = 0;
  Counts counts;
};

struct StorePlace {
  std::filesystem::path store;
  std::filesystem::path key_file = {};  // empty: STORE.key, next to the store's folder
};

// Changes nothing. FAILED_PRECONDITION: no store there, in use, of another version, or the key file
// is missing, another store's or readable by others. DATA_LOSS: a record that is missing, or whose
// checksum, grammar, chain or encryption is wrong.
absl::StatusOr<StoreFacts> VerifyStore(const StorePlace& place, const Progress& progress);

// Puts backup `id` of `folder` into place.store, which must be empty or absent and gets its name
// only once everything in it has been verified. Errors: of CopyBackup() and VerifyStore();
// FAILED_PRECONDITION also for a store that is not empty and for what an earlier restore that was
// stopped has left.
absl::StatusOr<StoreFacts> RestoreStore(const std::filesystem::path& folder, uint32_t id,
                                        const StorePlace& place, const Progress& progress);

// Adds a backup of a store that no process has open to `folder`. Errors: of AddBackup() and
// VerifyStore(), of which only the store's folder is looked at and not its records.
absl::StatusOr<BackupInfo> BackUpStore(const std::filesystem::path& store,
                                       const std::filesystem::path& folder);

}  // namespace distinct::ledger
