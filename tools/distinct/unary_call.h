// One call to the server, repeated while it is busy or restarting, and its answer as JSON.
#pragma once

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/distinct/client.h"
#include "tools/distinct/json_output.h"

namespace distinct::cli {

// One call's deadline, as the server's own limit.
inline constexpr absl::Duration kCallTimeMax = absl::Minutes(2);
// A person waits at the terminal: long enough for a queue to drain, not for a machine to start.
inline constexpr absl::Duration kRetryTimeMax = absl::Seconds(10);
inline constexpr absl::Duration kRetryDelayMin = absl::Milliseconds(200);

// `call` is repeated: only for methods that may be. Errors: the server's.
template <typename Response, typename CallMethod>
absl::StatusOr<Response> Call(CallMethod&& call) {
  const absl::Time give_up = absl::Now() + kRetryTimeMax;
  while (true) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeMax));
    Response response;
    const absl::Status status = FromGrpc(call(&context, &response));
    if (status.ok()) return response;
    const absl::Duration delay = std::max(RetryDelay(status), kRetryDelayMin);
    if (!IsRetryable(status) || absl::Now() + delay > give_up) return status;
    absl::SleepFor(delay);
  }
}

// Writes the answer, or {"error": {...}}, to `json_path` (empty: standard output), and returns the
// error if there was one.
absl::Status WriteAnswer(const absl::StatusOr<Json>& answer, const std::string& json_path);

}  // namespace distinct::cli
