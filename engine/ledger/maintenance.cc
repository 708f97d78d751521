#include "engine/ledger/maintenance.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/key_file.h"
#include "engine/ledger/rows.h"
#include "engine/ledger/startup.h"
#include "engine/ledger/store.h"
#include "engine/ledger/subject_keys.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

namespace fs = std::filesystem;

fs::path WithoutSlash(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

absl::Status CheckEmpty(const fs::path& store) {
  std::error_code error;
  if (!fs::exists(store, error) || (fs::is_directory(store, error) && fs::is_empty(store, error))) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("store: got ", store.string(),
                   ", which is not empty, want an empty or absent folder, since a restore never "
                   "overwrites; choose another or move that one away"));
}

bool FlushFolder(const fs::path& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool flushed = folder >= 0 && fsync(folder) == 0;
  if (folder >= 0) close(folder);
  return flushed;
}

absl::Status Publish(const fs::path& draft, const fs::path& store) {
  std::error_code error;
  const bool whole = FlushFolder(draft);
  if (whole) fs::rename(draft, store, error);  // over an empty folder, never over files
  if (whole && !error && FlushFolder(store.parent_path())) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("store: ", draft.string(), " is whole but cannot become ",
                                          store.string(), " (", error.message(),
                                          "); check permissions and disk, then move it there"));
}

absl::Status CheckCurrent(const Reader& reader, const fs::path& store) {
  ASSIGN_OR_RETURN(const std::optional<uint32_t> schema, StoredSchema(reader));
  if (!schema.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("store: got ", store.string(),
                     " without anything stored, want a store that distinctd has written; check the "
                     "path"));
  }
  if (*schema == kSchemaVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("store: got schema version ", *schema, ", want ", kSchemaVersion,
                   "; start distinctd on it once, which migrates it"));
}

fs::path KeyFileOf(const StorePlace& place) {
  return place.key_file.empty() ? DefaultKeyFile(place.store) : place.key_file;
}

absl::StatusOr<StoreFacts> VerifyWith(const fs::path& folder, const StorePlace& place,
                                      const Progress& progress) {
  ASSIGN_OR_RETURN(const std::unique_ptr<const Store> store, Store::OpenReadOnly(folder));
  const std::unique_ptr<Reader> reader = store->Snapshot();
  RETURN_IF_ERROR(CheckCurrent(*reader, folder));
  ASSIGN_OR_RETURN(const SubjectKeys keys, OpenKeys(*reader, folder, KeyFileOf(place)));
  ASSIGN_OR_RETURN(const Recovered found, CheckStore(*reader, keys, progress, {}));
  const HeadRecord& head = found.tip.head;
  return StoreFacts{head.head, static_cast<uint64_t>(head.feed), head.audit, found.tip.counts};
}

absl::StatusOr<StoreFacts> CopyAndVerify(const fs::path& folder, uint32_t id, const fs::path& draft,
                                         const StorePlace& place, const Progress& progress) {
  RETURN_IF_ERROR(CopyBackup(folder, id, draft));
  return VerifyWith(draft, place, progress);
}

}  // namespace

absl::StatusOr<StoreFacts> VerifyStore(const StorePlace& place, const Progress& progress) {
  return VerifyWith(place.store, place, progress);
}

absl::StatusOr<StoreFacts> RestoreStore(const fs::path& folder, uint32_t id,
                                        const StorePlace& place, const Progress& progress) {
  const fs::path store = WithoutSlash(place.store);
  RETURN_IF_ERROR(CheckEmpty(store));
  const fs::path draft = store.string() + ".restoring";
  std::error_code error;
  if (fs::exists(draft, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat("store: got ", draft.string(),
                     " of a restore that was stopped, want none; remove it and restore again"));
  }
  // Before the copying, which may take hours. That it is the right key shows only after it.
  RETURN_IF_ERROR(ReadKeyFile(KeyFileOf(place), draft, "").status());
  fs::create_directories(store.parent_path(), error);  // what is wrong with it the copying tells
  absl::StatusOr<StoreFacts> facts = CopyAndVerify(folder, id, draft, place, progress);
  if (!facts.ok()) {
    fs::remove_all(draft, error);  // the backup is still there to look at
    return facts;
  }
  RETURN_IF_ERROR(Publish(draft, store));
  return facts;
}

absl::StatusOr<BackupInfo> BackUpStore(const fs::path& store, const fs::path& folder) {
  {
    // Open() would make a store where none is and begin the migration of an old one.
    ASSIGN_OR_RETURN(const std::unique_ptr<const Store> found, Store::OpenReadOnly(store));
    RETURN_IF_ERROR(CheckCurrent(*found->Snapshot(), store));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> opened, Store::Open(store));
  ASSIGN_OR_RETURN(const HeadRecord head,
                   Require(*opened->Snapshot(), Family::kMeta, kMetaHead, DecodeHead));
  return opened->BackUp(folder, head.head);
}

}  // namespace distinct::ledger
