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

absl::Status NotAStore(const fs::path& store) {
  return absl::FailedPreconditionError(absl::StrCat("store: got ", store.string(),
                                                    " without anything stored, want a store that "
                                                    "distinctd has written; check the path"));
}

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

absl::Status Publish(const fs::path& draft, const fs::path& store) {
  std::error_code error;
  fs::rename(draft, store, error);  // over an empty folder, never over files
  const int folder = open(store.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool durable = !error && folder >= 0 && fsync(folder) == 0;
  if (folder >= 0) close(folder);
  if (durable) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("store: ", draft.string(), " is whole but cannot become ",
                                          store.string(), " (", error.message(),
                                          "); check permissions and disk, then move it there"));
}

absl::StatusOr<StoreFacts> VerifyWith(const fs::path& folder, const StorePlace& place,
                                      const Progress& progress) {
  ASSIGN_OR_RETURN(const std::unique_ptr<const Store> store, Store::OpenReadOnly(folder));
  const std::unique_ptr<Reader> reader = store->Snapshot();
  ASSIGN_OR_RETURN(const std::optional<uint32_t> schema, StoredSchema(*reader));
  if (!schema.has_value()) return NotAStore(folder);
  if (*schema < kSchemaVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("store: got schema version ", *schema, ", want ", kSchemaVersion,
                     "; start distinctd on it once, which migrates it"));
  }
  const fs::path key_file = place.key_file.empty() ? DefaultKeyFile(place.store) : place.key_file;
  ASSIGN_OR_RETURN(const SubjectKeys keys, OpenKeys(*reader, folder, key_file));
  ASSIGN_OR_RETURN(const Recovered found, CheckStore(*reader, keys, progress));
  const HeadRecord& head = found.tip.head;
  return StoreFacts{head.head, static_cast<uint64_t>(head.feed), head.audit, found.tip.counts};
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
    return absl::FailedPreconditionError(absl::StrCat(
        "store: got ", draft.string(),
        " of a restore that did not end well, want none; remove it and restore again"));
  }
  fs::create_directories(draft, error);
  RETURN_IF_ERROR(CopyBackup(folder, id, draft));
  ASSIGN_OR_RETURN(const StoreFacts facts, VerifyWith(draft, place, progress));
  RETURN_IF_ERROR(Publish(draft, store));
  return facts;
}

absl::StatusOr<BackupInfo> BackUpStore(const fs::path& store, const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(store / "CURRENT", error)) return NotAStore(store);  // Open() would make one
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> opened, Store::Open(store));
  ASSIGN_OR_RETURN(const HeadRecord head,
                   Require(*opened->Snapshot(), Family::kMeta, kMetaHead, DecodeHead));
  return opened->BackUp(folder, head.head);
}

}  // namespace distinct::ledger
