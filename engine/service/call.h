// One unary call, from gRPC's event thread to a worker and back.
//
//   RunOn:       arrival -> queue of a pool -> body on a worker -> answer
//   RunAdmitted: the same behind admission, on the pool of the call's priority
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/enrolment/admission.h"
#include "engine/search/right_of_way.h"
#include "engine/service/worker_pool.h"

namespace distinct::service {

struct Parts;  // parts.h

// What a service's method needs to know of the call beside its request.
struct Call {
  // CANCELLED, DEADLINE_EXCEEDED: nobody waits for the answer any more. To be asked between the
  // steps of what is dear, until something is stored: from there on the work goes on. Thread-safe.
  absl::Status StillWanted();

  std::string caller;         // caller.h
  absl::Time deadline;        // the client's, at most kCallTimeMax from now
  absl::Duration queue_time;  // between arrival and a worker
  search::Priority priority = search::Priority::kOnline;
  std::optional<enrolment::Permit> permit;               // of RunAdmitted()
  const grpc::CallbackServerContext* context = nullptr;  // null: nobody can cancel it
  std::atomic<bool> abandoned{false};                    // StillWanted() said no
};

// What became of the calls of RunAdmitted() since the start. Thread-safe.
struct CallCounts {
  std::atomic<uint64_t> refused_online{0};  // RESOURCE_EXHAUSTED
  std::atomic<uint64_t> refused_batch{0};
  std::atomic<uint64_t> abandoned{0};  // see Call
};

// A client without a deadline would keep a worker for ever.
inline constexpr absl::Duration kCallTimeMax = absl::Minutes(2);

// Runs `body` on `pool` and finishes the call with what it returns. A call that was cancelled, or
// whose deadline passed, while it waited is not begun. Request and response live until then.
grpc::ServerUnaryReactor* RunOn(WorkerPool& pool, grpc::CallbackServerContext* context,
                                std::function<absl::Status(Call&)> body);

// What a call brings to admission.
struct AdmittedCall {
  size_t request_bytes = 0;
  search::Priority priority = search::Priority::kOnline;
  absl::Duration extraction_work = absl::ZeroDuration();  // ExtractionPool::WorkOf()
  bool appends = false;                                   // see enrolment::Demand
  // Asked when the call is refused: whether it repeats what is stored, and so only waits for a
  // decision. Empty: no.
  std::function<bool()> repeats = nullptr;
};

// As RunOn(), on the workers for the call's priority. RESOURCE_EXHAUSTED: enrolment/admission.h.
grpc::ServerUnaryReactor* RunAdmitted(const Parts& parts, grpc::CallbackServerContext* context,
                                      const AdmittedCall& what,
                                      std::function<absl::Status(Call&)> body);

}  // namespace distinct::service
