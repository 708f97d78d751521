// How many people a second a registry enrols, durable, into a gallery of N, and how long each
// waits: `distinct bench enrol`.
//
//   store filled past the search -> distinctd started on it, watched -> requests at a steady rate
//   -> the same without a flush, on a file system in memory
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/server_address.h"

namespace distinct::cli {

struct BenchEnrolOptions {
  uint64_t subjects = 1000;
  double rate_per_s = 5;  // 0: a closed loop
  double seconds = 10;
  bool images = false;
  int fingers = 10;
  std::string faces;   // folder of images; empty: fingers alone
  double mates = 0.1;  // share of those who come that is held already
  int in_flight = 64;  // of a closed loop
  uint64_t seed = 1;
  // Empty: a temporary folder. Else filled if it is new, used as it is if not, and kept.
  std::string store;
  // False: on the server that is given, which holds the subjects already.
  bool own_server = true;
  bool durability = true;  // measure its cost; only with a server of our own
};

// The contract's object, and more. Errors: what kept it from being measured. Wrong decisions and
// failed calls are in the object; Passed() says whether there were none.
absl::StatusOr<Json> BenchEnrol(const BenchEnrolOptions& options, const ServerAddress& server);
bool Passed(const Json& report);

}  // namespace distinct::cli
