#include "engine/ledger/rocksdb_backup.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>
#include <memory>
#include <string>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

namespace fs = std::filesystem;

// What BackupEngine calls its folders.
constexpr const char* kFolders[] = {"meta", "private", "shared_checksum", "shared"};

absl::Status BackupError(const fs::path& folder, const rocksdb::Status& status) {
  const std::string where = absl::StrCat("backup: ", folder.string(), ": ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(absl::StrCat(where, "; free some"));
  if (status.IsCorruption()) {
    return absl::DataLossError(absl::StrCat(
        where, "; take another backup, distinct restore --list shows which there are"));
  }
  return absl::InternalError(absl::StrCat(where, "; check the folder's permissions and its disk"));
}

absl::Status NoBackups(const fs::path& folder) {
  return absl::FailedPreconditionError(
      absl::StrCat("backup: got ", folder.string(),
                   " without a backup in it, want a folder that distinct backup or distinctd "
                   "--backup-dir has written; check the path"));
}

// BackupEngine would mix its files with what is there, and clean up among them.
absl::Status CheckFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat("backup: got ", folder.string(), " (", error.message(),
                     "), want a folder that can be created or written"));
  }
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (std::find(std::begin(kFolders), std::end(kFolders), name) != std::end(kFolders)) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("backup: got ", folder.string(), " with ", name,
                     " in it, want an empty folder or one of backups; choose another"));
  }
  return absl::OkStatus();
}

BackupInfo InfoOf(const rocksdb::BackupInfo& from) {
  BackupInfo info;
  info.id = from.backup_id;
  info.made_at = absl::FromUnixSeconds(from.timestamp);
  info.bytes = from.size;
  uint64_t head = 0;
  // Foreign metadata is shown as 0: what is in the backup tells the check after a restore.
  if (absl::SimpleAtoi(from.app_metadata, &head)) info.head = Ticket{head};
  return info;
}

absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenToRead(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder / kFolders[0], error)) return NoBackups(folder);
  rocksdb::BackupEngineReadOnly* engine = nullptr;
  const rocksdb::Status opened = rocksdb::BackupEngineReadOnly::Open(
      rocksdb::Env::Default(), rocksdb::BackupEngineOptions(folder.string()), &engine);
  if (!opened.ok()) return BackupError(folder, opened);
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine);
}

std::vector<BackupInfo> InfosOf(rocksdb::BackupEngineReadOnly& engine) {
  std::vector<rocksdb::BackupInfo> found;
  engine.GetBackupInfo(&found);
  std::vector<rocksdb::BackupID> damaged;
  engine.GetCorruptedBackups(&damaged);
  std::vector<BackupInfo> infos;
  for (const rocksdb::BackupInfo& one : found) infos.push_back(InfoOf(one));
  for (const rocksdb::BackupID id : damaged) {
    BackupInfo info;
    info.id = id;
    info.damaged = true;
    infos.push_back(info);
  }
  std::sort(infos.begin(), infos.end(),
            [](const BackupInfo& x, const BackupInfo& y) { return x.id < y.id; });
  return infos;
}

absl::Status CheckThere(const std::vector<BackupInfo>& infos, uint32_t id, const fs::path& folder) {
  std::vector<uint32_t> whole;
  bool damaged = false;
  for (const BackupInfo& info : infos) {
    if (!info.damaged) whole.push_back(info.id);
    damaged = damaged || (info.damaged && info.id == id);
  }
  if (std::count(whole.begin(), whole.end(), id) != 0) return absl::OkStatus();
  const std::string message = absl::StrCat(
      "backup id: got ", id, damaged ? ", of which files are missing or of another size" : "",
      ", want one of [", absl::StrJoin(whole, ", "), "] in ", folder.string(),
      "; distinct restore --list shows how old they are");
  return damaged ? absl::DataLossError(message) : absl::NotFoundError(message);
}

}  // namespace

absl::StatusOr<BackupInfo> AddBackup(rocksdb::DB& database, const fs::path& folder, Ticket head) {
  return Guard("rocksdb", [&]() -> absl::StatusOr<BackupInfo> {
    RETURN_IF_ERROR(CheckFolder(folder));
    rocksdb::BackupEngine* opened = nullptr;
    rocksdb::Status status = rocksdb::BackupEngine::Open(
        database.GetEnv(), rocksdb::BackupEngineOptions(folder.string()), &opened);
    if (!status.ok()) return BackupError(folder, status);
    const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
    rocksdb::CreateBackupOptions options;
    options.flush_before_backup = true;  // tables are shared with later backups, logs are not
    rocksdb::BackupID id = 0;
    status =
        engine->CreateNewBackupWithMetadata(options, &database, absl::StrCat(Number(head)), &id);
    if (!status.ok()) return BackupError(folder, status);
    rocksdb::BackupInfo info;
    status = engine->GetBackupInfo(id, &info);
    if (!status.ok()) return BackupError(folder, status);
    return InfoOf(info);
  });
}

absl::StatusOr<std::vector<BackupInfo>> ListBackups(const fs::path& folder) {
  return Guard("rocksdb", [&]() -> absl::StatusOr<std::vector<BackupInfo>> {
    ASSIGN_OR_RETURN(const auto engine, OpenToRead(folder));
    return InfosOf(*engine);
  });
}

absl::Status CopyBackup(const fs::path& folder, uint32_t id, const fs::path& into) {
  return Guard("rocksdb", [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto engine, OpenToRead(folder));
    RETURN_IF_ERROR(CheckThere(InfosOf(*engine), id, folder));
    const rocksdb::Status copied = engine->RestoreDBFromBackup(id, into.string(), into.string());
    return copied.ok() ? absl::OkStatus() : BackupError(folder, copied);
  });
}

}  // namespace distinct::ledger
