#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/write_batch_with_index.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/ledger/checksum.h"
#include "engine/ledger/store.h"
#include "engine/ledger/within.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

// Replay time after a crash grows with the log: at the measured 8 KB a person this is about
// 30,000 enrolments, a few seconds.
constexpr uint64_t kWalBytesMax = 256u << 20;

// Smaller values than a few pages are as well in a table.
constexpr uint64_t kBlobBytesMin = 16 << 10;

rocksdb::Slice AsSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view AsView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// RocksDB's warnings among ours. Its own log would be a file in the store: where the disk is full,
// Debian's build aborts on the second line that it cannot write there.
class Warnings final : public rocksdb::Logger {
 public:
  Warnings() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  ~Warnings() override { Close().PermitUncheckedError(); }
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 512> line{};  // what is longer is cut
    std::vsnprintf(line.data(), line.size(), format, arguments);
    spdlog::warn("rocksdb: {}", line.data());
  }
  // The options at each start, whatever the level.
  void LogHeader(const char*, va_list) override {}

 protected:
  rocksdb::Status CloseImpl() override { return rocksdb::Status::OK(); }
};

rocksdb::DBOptions DatabaseOptions(rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.info_log = std::make_shared<Warnings>();
  if (env != nullptr) {
    options.env = env;
    options.max_file_opening_threads = 1;  // one thread is what makes a simulation repeatable
  }
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  // A record cut short at the end of the log was never acknowledged; damage anywhere else was, and
  // must not be rolled back in silence as RocksDB's default would.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  options.max_total_wal_size = kWalBytesMax;
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family) {
  rocksdb::ColumnFamilyOptions options;
  // Templates are quantised and dense: packing them costs time and wins nothing.
  if (family == Family::kTemplate) options.compression = rocksdb::kNoCompression;
  // Samples are large, packed and hardly ever read: they stay out of the way of compactions.
  if (family == Family::kSample) {
    options.compression = rocksdb::kNoCompression;
    options.enable_blob_files = true;
    options.min_blob_size = kBlobBytesMin;
    options.enable_blob_garbage_collection = true;
  }
  return options;
}

// Debian's absl::string_view is a type of its own.
std::string_view Text(absl::string_view text) { return {text.data(), text.size()}; }

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("store: ", std::string(what), "; ", std::string(kRecoveryStep)));
}

absl::StatusOr<std::optional<std::string>> Checked(Family family, std::string_view key,
                                                   const rocksdb::Status& status,
                                                   std::string value) {
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return BadRecord(family, key, status.ToString());
  const absl::StatusOr<std::string_view> body = Unseal(FamilyName(family), key, value);
  if (!body.ok()) return BadRecord(family, key, Text(body.status().message()));
  value.resize(body->size());  // it begins with the body
  return value;
}

absl::Status ScanIterator(Family family, rocksdb::Iterator& iterator, std::string_view from,
                          Visitor visit) {
  std::string last(from);
  for (iterator.Seek(AsSlice(from)); iterator.Valid(); iterator.Next()) {
    const std::string_view key = AsView(iterator.key());
    last = std::string(key);
    const absl::StatusOr<std::string_view> body =
        Unseal(FamilyName(family), key, AsView(iterator.value()));
    if (!body.ok()) return BadRecord(family, key, Text(body.status().message()));
    ASSIGN_OR_RETURN(const bool more, visit(key, *body));
    if (!more) return absl::OkStatus();
  }
  if (!iterator.status().ok()) return BadRecord(family, last, iterator.status().ToString());
  return absl::OkStatus();
}

absl::Status InUse(const std::filesystem::path& directory) {
  return absl::FailedPreconditionError(absl::StrCat(
      "store: got ", directory.string(), " in use (its LOCK file is held by a running process), ",
      "want a store of our own; stop the other distinctd or give another --store"));
}

absl::Status OpenError(const std::filesystem::path& directory, const rocksdb::Status& status) {
  const std::string text = status.ToString();
  const bool locked = status.IsIOError() && (absl::StrContains(text, "lock hold by") ||
                                             absl::StrContains(text, "lock file"));
  if (locked) return InUse(directory);
  if (status.IsCorruption()) return Damaged(text);
  if (status.IsNoSpace()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("store: no space in ", directory.string(), "; free some and start again"));
  }
  return absl::InternalError(
      absl::StrCat("store: ", text, "; check the folder's permissions and its disk"));
}

bool HasCurrent(const std::filesystem::path& directory, rocksdb::Env& env) {
  return env.FileExists((directory / "CURRENT").string()).ok();
}

// Written before CURRENT when a store is created. Logs and tables, which hold people, come after.
bool IsOfCreation(const std::string& name) {
  static constexpr std::string_view kNames[] = {"LOCK", "LOG", "IDENTITY", "MANIFEST-000001"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         absl::StartsWith(name, "LOG.old.") || absl::EndsWith(name, ".dbtmp");
}

// RocksDB would make a new, empty database where CURRENT is missing: that is how a damaged store
// could silently lose everybody. But a creation that a crash cut short is begun again.
absl::Status CheckFolder(const std::filesystem::path& directory, rocksdb::Env& env) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!std::filesystem::is_directory(directory)) {
    return absl::FailedPreconditionError(
        absl::StrCat("store: got ", directory.string(), " (", error.message(),
                     "), want a folder that can be created or written"));
  }
  if (HasCurrent(directory, env)) return absl::OkStatus();
  std::vector<std::string> names;
  const rocksdb::Status listed = env.GetChildren(directory.string(), &names);
  if (!listed.ok()) return OpenError(directory, listed);
  if (std::all_of(names.begin(), names.end(), IsOfCreation)) return absl::OkStatus();
  const bool tables = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log") ||
           absl::StartsWith(name, "MANIFEST");
  });
  if (tables) return Damaged("file CURRENT is missing beside the tables");
  return absl::FailedPreconditionError(
      absl::StrCat("store: got the folder ", directory.string(),
                   " with other files in it, want a store or an empty folder; choose another"));
}

// All of ours; those that a store has not yet are made when it is opened to be written.
absl::StatusOr<std::vector<rocksdb::ColumnFamilyDescriptor>> Families(
    const std::filesystem::path& directory, const rocksdb::DBOptions& options) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilyNames.size(); ++i) {
    families.emplace_back(std::string(kFamilyNames[i]), FamilyOptions(static_cast<Family>(i)));
  }
  // RocksDB insists on it; nothing is kept there.
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());

  std::vector<std::string> present;
  if (HasCurrent(directory, *options.env)) {
    const rocksdb::Status listed =
        rocksdb::DB::ListColumnFamilies(options, directory.string(), &present);
    if (!listed.ok()) return OpenError(directory, listed);
  }
  for (const std::string& name : present) {
    const bool known = std::any_of(families.begin(), families.end(),
                                   [&](const auto& family) { return family.name == name; });
    if (!known) {
      return absl::FailedPreconditionError(
          absl::StrCat("store: got the column family \"", name,
                       "\" of a newer version, want only ours; start the newer distinctd"));
    }
  }
  return families;
}

// Whether a process has the store open, without taking its lock: asking leaves no trace. (Not to be
// asked by the process that has it open: closing a file gives up all of a process's locks on it.)
absl::Status CheckUnlocked(const std::filesystem::path& directory) {
  const int file = open((directory / "LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::OkStatus();  // a copy without it
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool locked = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(file);
  return locked ? InUse(directory) : absl::OkStatus();
}

}  // namespace

std::string PrintableKey(Family family, std::string_view key) {
  const bool text = family == Family::kId || family == Family::kJob || family == Family::kMeta;
  if (!text && key.size() == 8) {  // a ticket or a sequence
    uint64_t number = 0;
    for (const char byte : key) number = number << 8 | static_cast<unsigned char>(byte);
    return absl::StrCat(number);
  }
  if (text) return absl::CHexEscape({key.data(), key.size()});
  return absl::StrCat("0x", absl::BytesToHexString({key.data(), key.size()}));
}

absl::Status BadRecord(Family family, std::string_view key, std::string_view reason) {
  return Damaged(absl::StrCat("record ", std::string(FamilyName(family)), "/",
                              PrintableKey(family, key), ": ", std::string(reason)));
}

struct Store::Impl {
  std::filesystem::path directory;
  std::unique_ptr<rocksdb::DB> database;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;  // owned by `database`, freed by us

  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<size_t>(family)];
  }
  ~Impl() {
    if (database == nullptr) return;
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      database->DestroyColumnFamilyHandle(handle);
    }
  }
};

struct Transaction::Impl {
  const Store::Impl* store;
  // Overwriting keys keeps one index entry a key, so that a scan never sees a stale value.
  mutable rocksdb::WriteBatchWithIndex batch{rocksdb::BytewiseComparator(), 0, true};
};

namespace {

class SnapshotReader final : public Reader {
 public:
  explicit SnapshotReader(const Store::Impl& store)
      : store_(store), snapshot_(store.database->GetSnapshot()) {
    options_.snapshot = snapshot_;
  }
  ~SnapshotReader() override { store_.database->ReleaseSnapshot(snapshot_); }

  absl::StatusOr<std::optional<std::string>> Get(Family family,
                                                 std::string_view key) const override {
    std::string value;
    const rocksdb::Status status =
        store_.database->Get(options_, store_.handle(family), AsSlice(key), &value);
    return Checked(family, key, status, std::move(value));
  }

  absl::Status Scan(Family family, std::string_view from, Visitor visit) const override {
    const std::unique_ptr<rocksdb::Iterator> iterator(
        store_.database->NewIterator(options_, store_.handle(family)));
    return ScanIterator(family, *iterator, from, visit);
  }

 private:
  const Store::Impl& store_;
  const rocksdb::Snapshot* snapshot_;
  rocksdb::ReadOptions options_;
};

}  // namespace

Transaction::Transaction(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Transaction::~Transaction() = default;

absl::StatusOr<std::optional<std::string>> Transaction::Get(Family family,
                                                            std::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      impl_->batch.GetFromBatchAndDB(impl_->store->database.get(), rocksdb::ReadOptions(),
                                     impl_->store->handle(family), AsSlice(key), &value);
  return Checked(family, key, status, std::move(value));
}

absl::Status Transaction::Scan(Family family, std::string_view from, Visitor visit) const {
  rocksdb::ColumnFamilyHandle* handle = impl_->store->handle(family);
  const std::unique_ptr<rocksdb::Iterator> iterator(impl_->batch.NewIteratorWithBase(
      handle, impl_->store->database->NewIterator(rocksdb::ReadOptions(), handle)));
  return ScanIterator(family, *iterator, from, visit);
}

void Transaction::Put(Family family, std::string_view key, std::string_view body) {
  const std::string value = Seal(FamilyName(family), key, body);
  CHECK(impl_->batch.Put(impl_->store->handle(family), AsSlice(key), value).ok());
}

void Transaction::Delete(Family family, std::string_view key) {
  CHECK(impl_->batch.Delete(impl_->store->handle(family), AsSlice(key)).ok());
}

void Transaction::Mark() { impl_->batch.SetSavePoint(); }
void Transaction::RollBack() { CHECK(impl_->batch.RollbackToSavePoint().ok()); }
void Transaction::Keep() { CHECK(impl_->batch.PopSavePoint().ok()); }
bool Transaction::empty() const { return impl_->batch.GetWriteBatch()->Count() == 0; }
size_t Transaction::bytes() const { return impl_->batch.GetDataSize(); }

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::filesystem::path& directory,
                                                   rocksdb::Env* env) {
  return Guard("rocksdb", [&]() -> absl::StatusOr<std::unique_ptr<Store>> {
    const rocksdb::DBOptions options = DatabaseOptions(env);
    RETURN_IF_ERROR(CheckFolder(directory, *options.env));

    ASSIGN_OR_RETURN(const auto families, Families(directory, options));
    auto impl = std::make_unique<Impl>();
    impl->directory = directory;
    rocksdb::DB* database = nullptr;
    const rocksdb::Status opened =
        rocksdb::DB::Open(options, directory.string(), families, &impl->handles, &database);
    if (!opened.ok()) return OpenError(directory, opened);
    impl->database.reset(database);
    return std::unique_ptr<Store>(new Store(std::move(impl)));
  });
}

absl::StatusOr<std::unique_ptr<const Store>> Store::OpenReadOnly(
    const std::filesystem::path& directory) {
  return Guard("rocksdb", [&]() -> absl::StatusOr<std::unique_ptr<const Store>> {
    if (!HasCurrent(directory, *rocksdb::Env::Default())) {
      return absl::FailedPreconditionError(
          absl::StrCat("store: got ", directory.string(),
                       " without a store in it, want the folder of one; check the path"));
    }
    RETURN_IF_ERROR(CheckUnlocked(directory));
    rocksdb::DBOptions options = DatabaseOptions(nullptr);
    options.create_if_missing = false;
    ASSIGN_OR_RETURN(const auto families, Families(directory, options));
    auto impl = std::make_unique<Impl>();
    impl->directory = directory;
    rocksdb::DB* database = nullptr;
    const rocksdb::Status opened = rocksdb::DB::OpenForReadOnly(
        options, directory.string(), families, &impl->handles, &database);
    if (opened.IsInvalidArgument()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "store: got ", directory.string(), " of an earlier version (", opened.ToString(),
          "), want one of this version; start distinctd on it once"));
    }
    if (!opened.ok()) return OpenError(directory, opened);
    impl->database.reset(database);
    return std::unique_ptr<const Store>(new Store(std::move(impl)));
  });
}

std::unique_ptr<Reader> Store::Snapshot() const { return std::make_unique<SnapshotReader>(*impl_); }

Transaction Store::Begin() const {
  auto impl = std::make_unique<Transaction::Impl>();
  impl->store = impl_.get();
  return Transaction(std::move(impl));
}

absl::Status Store::Commit(Transaction& transaction) {
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status status =
      impl_->database->Write(options, transaction.impl_->batch.GetWriteBatch());
  if (status.ok()) return absl::OkStatus();
  if (status.IsNoSpace()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("store: no space left in ", impl_->directory.string(),
                     "; free some, start distinctd again and repeat the call"));
  }
  return absl::InternalError(absl::StrCat("store: write failed: ", status.ToString(),
                                          "; check the disk, start distinctd again and repeat"));
}

absl::Status Store::Rewrite(Family family) {
  return Guard("rocksdb", [&]() -> absl::Status {
    rocksdb::Status status = impl_->database->Flush({}, impl_->handles);  // frees the log's files
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    if (status.ok()) {
      status = impl_->database->CompactRange(options, impl_->handle(family), nullptr, nullptr);
    }
    if (status.ok()) return absl::OkStatus();
    return absl::InternalError(absl::StrCat("store: rewriting failed: ", status.ToString(),
                                            "; check the disk and start distinctd again"));
  });
}

absl::StatusOr<BackupInfo> Store::BackUp(const std::filesystem::path& folder, Ticket head) const {
  if (IsWithin(folder, impl_->directory)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "backup: got ", folder.string(), " inside the store ", impl_->directory.string(),
        ", want a folder that outlives it; choose another, "
        "on another disk if there is one"));
  }
  return AddBackup(*impl_->database, folder, head);
}

uint64_t Store::bytes_on_disk() const {
  uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(impl_->directory, error)) {
    const auto size = entry.file_size(error);
    if (!error) bytes += size;
  }
  return bytes;
}

}  // namespace distinct::ledger
