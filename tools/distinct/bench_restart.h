// A start of distinctd on a store, watched from outside: how long until it is ready, and what it
// told those who asked before.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/server_process.h"

namespace distinct::cli {

struct RestartReport {
  absl::Duration ready;             // from the process's start to its ready line
  uint64_t asked = 0;               // searches before it was ready
  uint64_t refused_connection = 0;  // of them, nobody listened yet
  uint64_t unavailable = 0;         // of them, UNAVAILABLE from the server
  uint64_t other = 0;               // of them, anything else: none is right
  uint64_t serving_early = 0;       // health said SERVING before the ready line
  uint64_t not_serving = 0;         // and NOT_SERVING
  uint64_t progress_steps = 0;      // different counts that GetStatus gave
  std::string last_message;         // of the last UNAVAILABLE from the server
  double cpu_s = 0;                 // of the process until then
};

Json RestartJson(const RestartReport& report);

struct WatchedStart {
  std::unique_ptr<ServerProcess> server;  // ready
  RestartReport report;
};

// Lets go of the kernel's cached pages of the store's files first, so that the start reads the
// disk as after a boot.
absl::StatusOr<WatchedStart> StartWatched(const std::string& store, const std::string& log);

// Processor time, system time included, of a process of ours, in seconds; 0 if there is none.
double CpuSecondsOf(pid_t pid);

}  // namespace distinct::cli
