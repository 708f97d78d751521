#include "engine/service/call.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "engine/service/caller.h"
#include "engine/service/parts.h"
#include "engine/service/status.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

// Ours to repair, so it must be seen here too; ids and numbers only, as every message.
bool WorthALogLine(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kDataLoss ||
         code == absl::StatusCode::kUnknown;
}

void Count(const absl::Status& status, const Call& call, CallCounts& counts) {
  if (call.abandoned) ++counts.abandoned;
  if (!absl::IsResourceExhausted(status)) return;
  ++(call.priority == search::Priority::kBatch ? counts.refused_batch : counts.refused_online);
}

// `counts` may be null.
grpc::ServerUnaryReactor* Run(WorkerPool& pool, size_t request_bytes, std::shared_ptr<Call> call,
                              grpc::CallbackServerContext* context, CallCounts* counts,
                              std::function<absl::Status(Call&)> body) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const absl::Time received = absl::Now();
  call->context = context;
  call->caller = CallerOf(context->auth_context().get());
  call->deadline = std::min(absl::FromChrono(context->deadline()), received + kCallTimeMax);
  const absl::Status queued = pool.Submit(
      request_bytes, [reactor, received, counts, call, run = std::move(body)]() mutable {
        call->queue_time = absl::Now() - received;
        absl::Status status = call->StillWanted();
        if (status.ok()) status = Guard("service", [&] { return run(*call); });
        if (WorthALogLine(status.code())) spdlog::error("call: {}", status.ToString());
        if (counts != nullptr) Count(status, *call, *counts);
        run = nullptr;   // what it captured dies before the request does
        call = nullptr;  // as does the permit: who is answered holds no place
        reactor->Finish(ToGrpcStatus(status));
      });
  if (!queued.ok()) {
    if (counts != nullptr) Count(queued, *call, *counts);
    reactor->Finish(ToGrpcStatus(queued));
  }
  return reactor;
}

}  // namespace

absl::Status Call::StillWanted() {
  absl::Status status;
  if (context != nullptr && context->IsCancelled()) {
    status = absl::CancelledError("call: cancelled by the client; nothing was stored");
  } else if (absl::Now() >= deadline) {
    status = absl::DeadlineExceededError(
        "call: got a deadline that has passed; nothing was stored, repeat with more time");
  }
  if (!status.ok()) abandoned = true;
  return status;
}

grpc::ServerUnaryReactor* RunOn(WorkerPool& pool, grpc::CallbackServerContext* context,
                                std::function<absl::Status(Call&)> body) {
  return Run(pool, 0, std::make_shared<Call>(), context, nullptr, std::move(body));
}

grpc::ServerUnaryReactor* RunAdmitted(const Parts& parts, grpc::CallbackServerContext* context,
                                      const AdmittedCall& what,
                                      std::function<absl::Status(Call&)> body) {
  const enrolment::Demand demand = {ClientOf(*context), what.priority, what.extraction_work,
                                    what.appends};
  absl::StatusOr<enrolment::Permit> permit = parts.admission.Admit(demand);
  // Looked up only when there is no room, so that what is new costs no read.
  if (!permit.ok() && what.repeats && what.repeats()) permit = parts.admission.AdmitStored(demand);
  auto call = std::make_shared<Call>();
  call->priority = what.priority;
  if (!permit.ok()) {
    Count(permit.status(), *call, parts.call_counts);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(permit.status()));
    return reactor;
  }
  call->permit = *std::move(permit);
  const bool batch = what.priority == search::Priority::kBatch;
  return Run(batch ? parts.batch_workers : parts.workers, what.request_bytes, std::move(call),
             context, &parts.call_counts, std::move(body));
}

}  // namespace distinct::service
