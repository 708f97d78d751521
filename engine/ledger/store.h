// The ordered key-value store under the ledger: column families, snapshots, one synchronous write.
// Every value carries a checksum over its family, key and body, added on write and verified on
// read, so that a flipped or misplaced record is found before it is used (FORMAT.md).
//
// rocksdb_ledger.cc implements it; rocksdb_backup.cc is RocksDB's other home.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/ids.h"
#include "engine/ledger/rocksdb_backup.h"

namespace rocksdb {
class Env;
}

namespace distinct::ledger {

// Families in the order of FORMAT.md. The names are on disk.
enum class Family : uint8_t {
  kMeta,
  kEntry,
  kId,
  kState,
  kOpen,
  kPerson,
  kTemplate,
  kTag,
  kFeed,
  kAudit,
  kJob,
  kVerdict,
  kCase,
  kKey,
  kImage,
  kSample,
};
inline constexpr std::array<std::string_view, 16> kFamilyNames = {
    "meta", "entry", "id",  "state",   "open", "person", "tmpl",        "tag",
    "feed", "audit", "job", "verdict", "case", "key",    "sample_hash", "sample"};
inline std::string_view FamilyName(Family family) {
  return kFamilyNames[static_cast<size_t>(family)];
}

// Called with each key and body of a scan; false ends it. The views last until it returns.
using Visitor =
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view body)>;

// Something to read from: a snapshot, or a transaction on top of what is stored.
// DATA_LOSS of both calls: names the family and key whose checksum is wrong, and the way out.
// Thread-compatible. Must not outlive its store.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual absl::StatusOr<std::optional<std::string>> Get(Family family,
                                                         std::string_view key) const = 0;
  // Keys >= `from` in byte order.
  virtual absl::Status Scan(Family family, std::string_view from, Visitor visit) const = 0;
};

// Changes that become durable together; its reads see them already.
class Transaction final : public Reader {
 public:
  ~Transaction() override;
  absl::StatusOr<std::optional<std::string>> Get(Family family,
                                                 std::string_view key) const override;
  absl::Status Scan(Family family, std::string_view from, Visitor visit) const override;

  void Put(Family family, std::string_view key, std::string_view body);
  void Delete(Family family, std::string_view key);
  // Mark() a place; then either RollBack() to it or Keep() what was done since.
  void Mark();
  void RollBack();
  void Keep();
  size_t bytes() const;
  bool empty() const;

 private:
  friend class Store;
  struct Impl;
  explicit Transaction(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Thread-safe, but one transaction at a time.
class Store {
 public:
  // Opens or creates. FAILED_PRECONDITION: in use, written by a newer version, or a folder that
  // holds other files. DATA_LOSS: files damaged or missing. Messages name the way out.
  // `env`: whose files, null for those of the machine; a simulation's fail on command. It must
  // outlive the store.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::filesystem::path& directory,
                                                     rocksdb::Env* env = nullptr);
  // To look at a store that no process has open: creates and changes no file.
  // FAILED_PRECONDITION: no store there, in use, or of another version. DATA_LOSS: as Open().
  static absl::StatusOr<std::unique_ptr<const Store>> OpenReadOnly(
      const std::filesystem::path& directory);
  ~Store();

  std::unique_ptr<Reader> Snapshot() const;
  Transaction Begin() const;
  // One flushed write, all or nothing. After an error the outcome is unknown until the store is
  // opened again: never repeat a failed flush, the kernel may have dropped the dirty pages.
  // RESOURCE_EXHAUSTED: no space. INTERNAL: anything else.
  absl::Status Commit(Transaction& transaction);
  // Flushes all and rewrites a family's tables, so that what was overwritten or deleted in it is on
  // the disk no more. Takes as long as reading and writing the family.
  absl::Status Rewrite(Family family);
  // Adds a backup to `folder` while others read and write (rocksdb_backup.h). `head` is noted.
  // FAILED_PRECONDITION also: a folder inside the store.
  absl::StatusOr<BackupInfo> BackUp(const std::filesystem::path& folder, Ticket head) const;
  uint64_t bytes_on_disk() const;

  struct Impl;

 private:
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A key as operators read it in messages: text as it is, anything else in hex.
std::string PrintableKey(Family family, std::string_view key);

// DATA_LOSS for one record: which, why, and the way out.
absl::Status BadRecord(Family family, std::string_view key, std::string_view reason);

// How to go on after DATA_LOSS; ends every such message.
inline constexpr char kRecoveryStep[] =
    "stop distinctd, keep this folder for inspection, restore the last backup into an empty folder "
    "(distinct restore) and start with --store on it; callers then repeat what they sent since";

}  // namespace distinct::ledger
