// One unary call, from gRPC's event thread to a worker and back.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/service/worker_pool.h"

namespace distinct::service {

// What a service's method needs to know of the call beside its request.
struct Call {
  std::string caller;         // caller.h
  absl::Time deadline;        // the client's, at most kCallTimeMax from now
  absl::Duration queue_time;  // between arrival and a worker
};

// A client without a deadline would keep a worker for ever.
inline constexpr absl::Duration kCallTimeMax = absl::Minutes(2);

// Runs `body` on `pool` and finishes the call with what it returns. A call that was cancelled, or
// whose deadline passed, while it waited is not begun. Request and response live until then.
grpc::ServerUnaryReactor* RunOn(WorkerPool& pool, grpc::CallbackServerContext* context,
                                size_t request_bytes,
                                std::function<absl::Status(const Call&)> body);

}  // namespace distinct::service
