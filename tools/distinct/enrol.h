// Enrols many people over one connection: several in flight, answers in order, waits and repeats
// when the server asks for it. Repeating an enrolment is safe: its id is its idempotency key.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "tools/distinct/client.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/manifest.h"

namespace distinct::cli {

struct EnrolOptions {
  // More at once are quicker, but then a later line of a manifest may be stored before an earlier
  // one: of two lines of one person, the later could come out UNIQUE.
  int in_flight = 1;
  // Behind whatever others enrol one by one.
  bool batch = false;
  // A server that has answered nothing for this long is given up: all other lines fail at once.
  absl::Duration patience = absl::Minutes(1);
};

struct EnrolSummary {
  std::map<std::string, uint64_t> decisions;  // how many of each kind
  uint64_t errors = 0;
};

// The next person, or nothing at the end; called by one thread at a time, in order.
using EntrySource = std::function<std::optional<ManifestEntry>()>;

// `on_answer` gets each person's answer as the contract's object, in the source's order, from one
// thread at a time.
EnrolSummary Enrol(const Client& client, const EnrolOptions& options, const EntrySource& next_entry,
                   const std::function<void(const Json&)>& on_answer);

}  // namespace distinct::cli
