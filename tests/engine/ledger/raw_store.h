// A store's files through RocksDB alone, without checksums: to damage them.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/ledger/store.h"
#include "matchers/check.h"

namespace distinct::testing {

class RawStore {
 public:
  explicit RawStore(const std::filesystem::path& directory) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string_view name : ledger::kFamilyNames) {
      families.emplace_back(std::string(name), rocksdb::ColumnFamilyOptions());
    }
    families.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
    rocksdb::DB* database = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::Open({}, directory.string(), families, &handles_, &database);
    CHECK(status.ok());
    database_.reset(database);
  }
  ~RawStore() {
    for (auto* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
  }

  std::string Get(ledger::Family family, const std::string& key) {
    std::string value;
    CHECK(database_->Get({}, Handle(family), key, &value).ok());
    return value;
  }
  void Put(ledger::Family family, const std::string& key, const std::string& value) {
    CHECK(database_->Put({}, Handle(family), key, value).ok());
  }
  void Delete(ledger::Family family, const std::string& key) {
    CHECK(database_->Delete({}, Handle(family), key).ok());
  }
  bool Has(ledger::Family family, const std::string& key) {
    std::string value;
    return database_->Get({}, Handle(family), key, &value).ok();
  }
  void DropFamily(ledger::Family family) {
    CHECK(database_->DropColumnFamily(Handle(family)).ok());
  }
  void AddFamily(const std::string& name) {
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    CHECK(database_->CreateColumnFamily({}, name, &handle).ok());
    handles_.push_back(handle);
  }

 private:
  rocksdb::ColumnFamilyHandle* Handle(ledger::Family family) {
    return handles_[static_cast<size_t>(family)];
  }
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace distinct::testing
