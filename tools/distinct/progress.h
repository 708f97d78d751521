// How far long work has come, its rate and when it will end: on standard error, since standard
// output belongs to the answers. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace distinct::cli {

class Progress {
 public:
  // `what` is counted: "images". `total` 0: not known, no ETA.
  Progress(std::string what, uint64_t total);
  // Ends the line with the total time.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Add(uint64_t count);
  // For work counted elsewhere: the count so far, and the total if it has changed.
  void Set(uint64_t done, uint64_t total);

 private:
  void Print(bool last) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string what_;
  const std::chrono::steady_clock::time_point start_;
  const bool terminal_;
  absl::Mutex mu_;
  uint64_t total_ ABSL_GUARDED_BY(mu_);
  uint64_t done_ ABSL_GUARDED_BY(mu_) = 0;
  std::chrono::steady_clock::time_point printed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::cli
