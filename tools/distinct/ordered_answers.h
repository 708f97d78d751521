// Answers of lines that are worked on at the same time, handed on in the lines' order: line i as
// soon as all lines up to i are answered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tools/distinct/json_output.h"

namespace distinct::cli {

// Thread-safe.
class OrderedAnswers {
 public:
  // How far lines may be ahead of the first unanswered one; their answers wait in memory.
  static constexpr uint64_t kAheadMax = 1024;

  // `sink` is called by one thread at a time, for line 0, 1, 2...
  explicit OrderedAnswers(std::function<void(const Json&)> sink) : sink_(std::move(sink)) {}

  // Blocks until `line` is at most kAheadMax ahead. Every line below must be in work already, or
  // nobody could end the wait.
  void WaitForRoom(uint64_t line);
  // REQUIRES: once a line.
  void Put(uint64_t line, Json answer);

 private:
  const std::function<void(const Json&)> sink_;
  absl::Mutex mu_;
  uint64_t next_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<uint64_t, Json> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace distinct::cli
