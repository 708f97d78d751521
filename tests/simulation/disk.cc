#include "tests/simulation/disk.h"

#include <algorithm>
#include <cstdarg>
#include <utility>

#include "matchers/check.h"

namespace distinct::simulation {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus Missing(const std::string& path) { return IOStatus::PathNotFound(path); }

}  // namespace

// Appends go to the page cache at once, as RocksDB buffers by itself.
class Disk::WritableFile final : public rocksdb::FSWritableFile {
 public:
  WritableFile(Disk& disk, std::shared_ptr<File> file) : disk_(disk), file_(std::move(file)) {}

  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    const bool was_off = disk_.off_;
    IOStatus status = disk_.Change();
    // Of a write that fails, or that the end of power meets, some bytes were written.
    if (!was_off) {
      file_->bytes.append(data.data(), status.ok() ? data.size() : disk_.SomeOf(data.size()));
    }
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    IOStatus status = disk_.Change();
    if (!status.ok()) {
      file_->never_flushed = true;
    } else if (!file_->never_flushed) {
      file_->flushed_bytes = file_->bytes.size();
    }
    return status;
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return file_->bytes.size(); }

 private:
  Disk& disk_;
  const std::shared_ptr<File> file_;
};

class Disk::Directory final : public rocksdb::FSDirectory {
 public:
  explicit Directory(Disk& disk) : disk_(disk) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    IOStatus status = disk_.Change();
    if (!status.ok()) return status;
    disk_.flushed_ = disk_.files_;
    disk_.pending_.clear();
    return status;
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  Disk& disk_;
};

namespace {

template <typename File>
class SequentialFile final : public rocksdb::FSSequentialFile {
 public:
  explicit SequentialFile(std::shared_ptr<File> file) : file_(std::move(file)) {}
  IOStatus Read(size_t count, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    count = std::min(count, file_->bytes.size() - at_);
    std::copy_n(file_->bytes.data() + at_, count, scratch);
    at_ += count;
    *result = Slice(scratch, count);
    return IOStatus::OK();
  }
  IOStatus Skip(uint64_t count) override {
    at_ = std::min(at_ + count, file_->bytes.size());
    return IOStatus::OK();
  }

 private:
  const std::shared_ptr<File> file_;
  size_t at_ = 0;
};

template <typename File>
class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccessFile(std::shared_ptr<File> file) : file_(std::move(file)) {}
  IOStatus Read(uint64_t offset, size_t count, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    const size_t begin = std::min(offset, file_->bytes.size());
    count = std::min(count, file_->bytes.size() - begin);
    std::copy_n(file_->bytes.data() + begin, count, scratch);
    *result = Slice(scratch, count);
    return IOStatus::OK();
  }

 private:
  const std::shared_ptr<File> file_;
};

}  // namespace

Disk::Disk(const DiskImage& image, const Options& options)
    : random_(options.seed), fault_(options.fault), ignores_log_sync_(options.ignores_log_sync) {
  for (const auto& [name, bytes] : image) {
    files_[name] = std::make_shared<File>(File{bytes, bytes.size(), false});
  }
  flushed_ = files_;
}

IOStatus Disk::Change() {
  const IOStatus off = IOStatus::IOError("the machine is off");
  if (off_) return off;
  ++calls_;
  const bool lasts =
      fault_.kind == FaultKind::kIoErrorFrom || fault_.kind == FaultKind::kNoSpaceFrom;
  const bool now = calls_ == fault_.call || (lasts && calls_ > fault_.call);
  if (fault_.kind == FaultKind::kNone || !now) return IOStatus::OK();
  ++failures_;
  switch (fault_.kind) {
    case FaultKind::kPowerCut:
      CutPower();
      return off;
    case FaultKind::kNoSpace:
    case FaultKind::kNoSpaceFrom:
      return IOStatus::NoSpace("the disk is full");
    default:
      return IOStatus::IOError("the disk fails");
  }
}

void Disk::CutPower() { off_ = power_cut_ = true; }
void Disk::StopProcess() { off_ = true; }

void Disk::Restart() {
  if (power_cut_) {
    files_ = flushed_ = Survivors();
    pending_.clear();
  }
  off_ = power_cut_ = false;
}

Disk::Files Disk::Survivors() {
  const bool nothing_more = random_() % 2 == 0;
  Files survivors = flushed_;
  const size_t renamings = nothing_more ? 0 : SomeOf(pending_.size());
  for (size_t i = 0; i < renamings; ++i) Apply(pending_[i], survivors);
  for (auto& [name, file] : survivors) {
    const size_t more = file->bytes.size() - file->flushed_bytes;
    const size_t bytes = file->flushed_bytes + (nothing_more ? 0 : SomeOf(more));
    file = std::make_shared<File>(File{file->bytes.substr(0, bytes), bytes, false});
  }
  return survivors;
}

DiskImage Disk::Image() const {
  DiskImage image;
  for (const auto& [name, file] : files_) image[name] = file->bytes;
  return image;
}

// Not std::uniform_int_distribution, which every library draws in a way of its own.
size_t Disk::SomeOf(size_t count) { return static_cast<size_t>(random_() % (count + 1)); }

void Disk::Apply(const Renaming& renaming, Files& files) {
  for (const Naming& naming : renaming) {
    if (naming.file == nullptr) {
      files.erase(naming.name);
    } else {
      files[naming.name] = naming.file;
    }
  }
}

void Disk::Rename(Renaming renaming) {
  Apply(renaming, files_);
  pending_.push_back(std::move(renaming));
}

std::shared_ptr<Disk::File> Disk::Find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

IOStatus Disk::NewSequentialFile(const std::string& path, const FileOptions&,
                                 std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                 IODebugContext*) {
  const std::shared_ptr<File> found = Find(path);
  if (found == nullptr) return Missing(path);
  *file = std::make_unique<SequentialFile<const File>>(found);
  return IOStatus::OK();
}

IOStatus Disk::NewRandomAccessFile(const std::string& path, const FileOptions&,
                                   std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                   IODebugContext*) {
  const std::shared_ptr<File> found = Find(path);
  if (found == nullptr) return Missing(path);
  *file = std::make_unique<RandomAccessFile<const File>>(found);
  return IOStatus::OK();
}

IOStatus Disk::NewWritableFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext*) {
  IOStatus status = Change();
  if (!status.ok()) return status;
  auto created = std::make_shared<File>();
  created->never_flushed = ignores_log_sync_ && path.ends_with(".log");
  Rename({{path, created}});
  *file = std::make_unique<WritableFile>(*this, std::move(created));
  return status;
}

IOStatus Disk::NewDirectory(const std::string&, const IOOptions&,
                            std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext*) {
  *directory = std::make_unique<Directory>(*this);
  return IOStatus::OK();
}

IOStatus Disk::FileExists(const std::string& path, const IOOptions&, IODebugContext*) {
  return Find(path) == nullptr ? IOStatus::NotFound(path) : IOStatus::OK();
}

IOStatus Disk::GetChildren(const std::string& path, const IOOptions&,
                           std::vector<std::string>* names, IODebugContext*) {
  names->clear();
  const std::string prefix = path + "/";
  for (const auto& [name, file] : files_) {
    if (name.starts_with(prefix)) names->push_back(name.substr(prefix.size()));
  }
  return IOStatus::OK();
}

IOStatus Disk::DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) {
  IOStatus status = Change();
  if (!status.ok()) return status;
  if (Find(path) == nullptr) return Missing(path);
  Rename({{path, nullptr}});
  return status;
}

IOStatus Disk::RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                          IODebugContext*) {
  IOStatus status = Change();
  if (!status.ok()) return status;
  std::shared_ptr<File> file = Find(from);
  if (file == nullptr) return Missing(from);
  Rename({{from, nullptr}, {to, std::move(file)}});
  return status;
}

// The store has one folder, which is there.
IOStatus Disk::CreateDir(const std::string&, const IOOptions&, IODebugContext*) {
  return IOStatus::OK();
}
IOStatus Disk::CreateDirIfMissing(const std::string&, const IOOptions&, IODebugContext*) {
  return IOStatus::OK();
}
IOStatus Disk::DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) {
  return IOStatus::NotSupported(path);
}
IOStatus Disk::IsDirectory(const std::string& path, const IOOptions&, bool* is_directory,
                           IODebugContext*) {
  *is_directory = Find(path) == nullptr;
  return IOStatus::OK();
}
IOStatus Disk::GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute,
                               IODebugContext*) {
  *absolute = path;
  return IOStatus::OK();
}
IOStatus Disk::GetTestDirectory(const IOOptions&, std::string*, IODebugContext*) {
  return IOStatus::NotSupported("a test directory");
}

IOStatus Disk::GetFileSize(const std::string& path, const IOOptions&, uint64_t* size_bytes,
                           IODebugContext*) {
  const std::shared_ptr<File> file = Find(path);
  if (file == nullptr) return Missing(path);
  *size_bytes = file->bytes.size();
  return IOStatus::OK();
}

IOStatus Disk::GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* time,
                                       IODebugContext*) {
  *time = 0;
  return IOStatus::OK();
}

// No second process comes by; the file is there because an operator would see it.
IOStatus Disk::LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** lock,
                        IODebugContext*) {
  if (Find(path) == nullptr) {
    IOStatus status = Change();
    if (!status.ok()) return status;
    Rename({{path, std::make_shared<File>()}});
  }
  *lock = new rocksdb::FileLock();  // RocksDB's own interface: UnlockFile() frees it
  return IOStatus::OK();
}
IOStatus Disk::UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) {
  delete lock;
  return IOStatus::OK();
}

SimulatedEnv::SimulatedEnv(const std::shared_ptr<Disk>& disk)
    : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
  file_system_ = disk;  // which EnvWrapper does not take over
}

void SimulatedEnv::Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                            void (*unschedule)(void*)) {
  jobs_.push_back({function, argument, priority, tag, unschedule});
}

int SimulatedEnv::UnSchedule(void* tag, Priority priority) {
  const auto removed = std::stable_partition(jobs_.begin(), jobs_.end(), [&](const Job& job) {
    return job.tag != tag || job.priority != priority;
  });
  for (auto job = removed; job != jobs_.end(); ++job) {
    if (job->unschedule != nullptr) job->unschedule(job->argument);
  }
  const auto count = static_cast<int>(std::distance(removed, jobs_.end()));
  jobs_.erase(removed, jobs_.end());
  return count;
}

void SimulatedEnv::RunBackgroundJob() {
  CHECK(!jobs_.empty());
  const Job job = jobs_.front();
  jobs_.pop_front();
  job.function(job.argument);
}

}  // namespace distinct::simulation
