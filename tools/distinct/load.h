// Enrolments at a steady rate, as many desks send them, and how long each waits.
//
//   request i is due at start + i / rate, whatever became of those before -> Enrol ->
//   refused with RetryInfo: again after that time -> answer
//
// A latency counts from the time at which its request was due, not from when it was sent, so that
// a server that stalls cannot hide the wait of those behind (coordinated omission).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/distinct/client.h"

namespace distinct::cli {

struct LoadOptions {
  // Requests a second; 0: a closed loop, each sent when one before it is answered.
  double rate_per_s = 0;
  // Of a closed loop: after this long nothing new is sent.
  absl::Duration duration = absl::InfiniteDuration();
  // Sent at a time; more wait here, and their wait counts. REQUIRES: >= 1.
  int in_flight_max = 256;
  // What is not answered this long after the last was due is given up.
  absl::Duration patience = absl::Minutes(1);
};

struct LoadAnswer {
  uint64_t index = 0;  // of the request
  v1::Decision decision;
  v1::Timing timing;
  absl::Duration latency;
};

struct LoadReport {
  std::vector<LoadAnswer> answers;  // in the order in which they came
  uint64_t refused = 0;             // RESOURCE_EXHAUSTED, and sent again later
  uint64_t unavailable = 0;         // UNAVAILABLE and DEADLINE_EXCEEDED, and sent again later
  uint64_t unanswered = 0;          // given up
  std::map<std::string, uint64_t> errors;  // by code; not sent again
  std::string first_error;
  absl::Duration elapsed;  // from the first due time to the last answer
};

// Request `i` of `count`, made when it is its turn on the one thread that sends: it must be quick.
using RequestSource = std::function<v1::EnrolRequest(uint64_t i)>;

// `count`: at most so many. Blocks until all are answered or given up.
LoadReport RunLoad(const Client& client, const LoadOptions& options, uint64_t count,
                   const RequestSource& source);

// The value below which `share` of the latencies lie (nearest rank). REQUIRES: not empty.
absl::Duration LatencyAt(const LoadReport& report, double share);

}  // namespace distinct::cli
