// A disk in memory under the real RocksDB, whose faults come on command and are all drawn from one
// seed.
//
//   written -> [page cache] -> flushed          a file's bytes, by Sync()
//   created, renamed, deleted -> flushed        a file's name, by the Fsync() of its folder
//
// When the power is cut, what was flushed stays; of the rest a random beginning, or nothing: of
// each file's bytes, and of the changes of names in their order. The write under way tears. When
// only the process dies, all that was written stays. A failed flush loses for ever what it should
// have flushed, also if a later one succeeds, as Linux drops the pages that it could not write.
//
// Every call that changes the disk is counted, so that a fault can be put at the n-th. RocksDB's
// background jobs wait until they are told to run: with them the count would depend on threads.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace distinct::simulation {

enum class FaultKind : uint8_t {
  kNone,
  kPowerCut,     // at that call, which tears
  kIoError,      // that call fails
  kIoErrorFrom,  // that call and all later ones, until Repair()
  kNoSpace,      // as kIoError, for want of space
  kNoSpaceFrom,  // as kIoErrorFrom
};

struct Fault {
  FaultKind kind = FaultKind::kNone;
  uint64_t call = 0;  // from 1, of those that change the disk
};

// What is on a disk: names and bytes.
using DiskImage = std::map<std::string, std::string>;

// Thread-compatible, but reads may run at the same time.
class Disk final : public rocksdb::FileSystem {
 public:
  struct Options {
    uint64_t seed = 0;
    Fault fault;
    bool ignores_log_sync = false;  // as if the write-ahead log were written with sync=false
  };
  Disk(const DiskImage& image, const Options& options);

  uint64_t calls() const { return calls_; }
  uint64_t failures() const { return failures_; }  // calls that failed
  // The machine is off: nothing can be written until Restart().
  bool off() const { return off_; }

  void CutPower();     // the next start finds what survived
  void StopProcess();  // the next start finds all that was written
  // REQUIRES: nothing of the disk is in use. Leaves later faults as they are.
  void Restart();
  // Faults are over.
  void Repair() { fault_ = {}; }

  DiskImage Image() const;

  // rocksdb::FileSystem. What is not here is not supported, and Open() would say so.
  const char* Name() const override { return "simulated disk"; }
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus FileExists(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetChildren(const std::string& path, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names,
                                rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDir(const std::string& path, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const rocksdb::IOOptions& options,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteDir(const std::string& path, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                uint64_t* size_bytes, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileModificationTime(const std::string& path,
                                            const rocksdb::IOOptions& options, uint64_t* time,
                                            rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LockFile(const std::string& path, const rocksdb::IOOptions& options,
                             rocksdb::FileLock** lock, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetTestDirectory(const rocksdb::IOOptions& options, std::string* path,
                                     rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetAbsolutePath(const std::string& path, const rocksdb::IOOptions& options,
                                    std::string* absolute, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus IsDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                bool* is_directory, rocksdb::IODebugContext* debug) override;

 private:
  class WritableFile;
  class Directory;

  struct File {
    std::string bytes;
    size_t flushed_bytes = 0;
    bool never_flushed = false;  // by a failed flush, or for a broken engine
  };
  using Files = std::map<std::string, std::shared_ptr<File>>;
  // What a name means from now on; null: nothing.
  struct Naming {
    std::string name;
    std::shared_ptr<File> file;
  };
  using Renaming = std::vector<Naming>;  // all or nothing

  // Counts a call; what it must answer.
  rocksdb::IOStatus Change();
  void Rename(Renaming renaming);
  static void Apply(const Renaming& renaming, Files& files);
  std::shared_ptr<File> Find(const std::string& path) const;
  Files Survivors();
  size_t SomeOf(size_t count);

  std::mt19937_64 random_;
  Fault fault_;
  const bool ignores_log_sync_;
  uint64_t calls_ = 0, failures_ = 0;
  bool off_ = false, power_cut_ = false;
  Files files_;                    // as the process sees them
  Files flushed_;                  // names that survive for certain
  std::vector<Renaming> pending_;  // since then
};

// An Env with that disk. Background jobs run in RunBackgroundJob(), on the caller's thread.
class SimulatedEnv final : public rocksdb::EnvWrapper {
 public:
  explicit SimulatedEnv(const std::shared_ptr<Disk>& disk);

  bool has_background_job() const { return !jobs_.empty(); }
  void RunBackgroundJob();

  void Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                void (*unschedule)(void*)) override;
  int UnSchedule(void* tag, Priority priority) override;
  // RocksDB sleeps a second after a background job that failed, before another tries again.
  void SleepForMicroseconds(int /*micros*/) override {}

 private:
  struct Job {
    void (*function)(void*);
    void* argument;
    Priority priority;
    void* tag;
    void (*unschedule)(void*);
  };
  std::deque<Job> jobs_;
};

}  // namespace distinct::simulation
