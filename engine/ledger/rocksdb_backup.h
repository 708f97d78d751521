// Backups by RocksDB's BackupEngine: a folder of numbered backups that share their tables, each of
// them a whole store without its key file.
//
// rocksdb_backup.cc is one of the two homes of RocksDB. Every file is checksummed when it is copied
// and when it is copied back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/ids.h"

namespace rocksdb {
class DB;
}

namespace distinct::ledger {

struct BackupInfo {
  uint32_t id = 0;  // from 1, rising
  absl::Time made_at = absl::UnixEpoch();
  Ticket head = kNoTicket;  // every entry up to it is in the backup, and perhaps some after it
  uint64_t bytes = 0;       // of all its files, those shared with other backups included
  bool damaged = false;     // a file is missing or of another size; the fields above are 0 then
};

// Adds a backup to `folder`, which is made if it is not there. Durable on return.
// FAILED_PRECONDITION: a folder that holds something else. RESOURCE_EXHAUSTED: no space.
// INTERNAL: anything else. At most one at a time for a folder.
absl::StatusOr<BackupInfo> AddBackup(rocksdb::DB& database, const std::filesystem::path& folder,
                                     Ticket head);

// All, rising; those that cannot be restored too, so that nobody takes an older one for the latest.
// Only sizes are looked at, what is in the files is for CopyBackup(). FAILED_PRECONDITION: `folder`
// holds no backups. Writes nothing.
absl::StatusOr<std::vector<BackupInfo>> ListBackups(const std::filesystem::path& folder);

// Copies backup `id` to `into`, an empty or absent folder, checking every file's checksum. Durable
// on return. NOT_FOUND: no such backup. DATA_LOSS: a file of it is missing or changed.
absl::Status CopyBackup(const std::filesystem::path& folder, uint32_t id,
                        const std::filesystem::path& into);

}  // namespace distinct::ledger
