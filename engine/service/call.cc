#include "engine/service/call.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "engine/service/caller.h"
#include "engine/service/status.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

absl::Status Begin(const grpc::CallbackServerContext& context, absl::Time deadline) {
  if (context.IsCancelled()) return absl::CancelledError("call: cancelled before it was begun");
  if (absl::Now() >= deadline) {
    return absl::DeadlineExceededError(
        "call: got a deadline that passed in the queue; nothing was done, repeat with more time");
  }
  return absl::OkStatus();
}

// Ours to repair, so it must be seen here too; ids and numbers only, as every message.
bool WorthALogLine(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kDataLoss ||
         code == absl::StatusCode::kUnknown;
}

}  // namespace

grpc::ServerUnaryReactor* RunOn(WorkerPool& pool, grpc::CallbackServerContext* context,
                                size_t request_bytes,
                                std::function<absl::Status(const Call&)> body) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const absl::Time received = absl::Now();
  const absl::Time deadline =
      std::min(absl::FromChrono(context->deadline()), received + kCallTimeMax);
  const absl::Status queued = pool.Submit(request_bytes, [context, reactor, received, deadline,
                                                          run = std::move(body)]() mutable {
    absl::Status status = Begin(*context, deadline);
    if (status.ok()) {
      const Call call{CallerOf(context->auth_context().get()), deadline, absl::Now() - received};
      status = Guard("service", [&] { return run(call); });
    }
    if (WorthALogLine(status.code())) spdlog::error("call: {}", status.ToString());
    run = nullptr;  // what it captured dies before the request does
    reactor->Finish(ToGrpcStatus(status));
  });
  if (!queued.ok()) reactor->Finish(ToGrpcStatus(queued));
  return reactor;
}

}  // namespace distinct::service
