#include "tools/distinct/crosscheck.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "matchers/status.h"
#include "tools/distinct/unary_call.h"

namespace distinct::cli {
namespace {

constexpr int kPageSize = 10'000;  // the most that the server sends
constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr absl::Duration kReconnectDelay = absl::Seconds(1);

// Until the stream ends; OK if the job has finished.
absl::Status Follow(const Client& client, const std::string& job,
                    const std::function<void(const v1::CrossCheckProgress&)>& on_progress) {
  v1::WatchCrossCheckRequest request;
  request.set_job(job);
  grpc::ClientContext context;
  const auto stream = client.gallery->WatchCrossCheck(&context, request);
  v1::CrossCheckProgress progress;
  while (stream->Read(&progress)) on_progress(progress);
  RETURN_IF_ERROR(FromGrpc(stream->Finish()));
  switch (progress.phase()) {
    case v1::CrossCheckProgress::FINISHED:
      return absl::OkStatus();
    case v1::CrossCheckProgress::FAILED:
      return absl::InternalError(absl::StrCat("crosscheck: ", progress.message()));
    case v1::CrossCheckProgress::STOPPED:
      return absl::AbortedError(
          "crosscheck: stopped by another call; run the same command again to go on");
    default:
      return absl::UnavailableError("crosscheck: the progress ended before the job did");
  }
}

absl::StatusOr<CrossCheckOutcome> Fetch(const Client& client, const std::string& job) {
  CrossCheckOutcome outcome;
  v1::GetCrossCheckResultRequest request;
  request.set_job(job);
  request.set_page_size(kPageSize);
  do {
    ASSIGN_OR_RETURN(
        v1::GetCrossCheckResultResponse page,
        Call<v1::GetCrossCheckResultResponse>([&](grpc::ClientContext* call, auto* answer) {
          return client.gallery->GetCrossCheckResult(call, request, answer);
        }));
    outcome.pairs_compared = page.pairs_compared();
    outcome.seconds = page.seconds();
    outcome.policy_version = page.policy_version();
    for (auto& pair : *page.mutable_pairs()) outcome.pairs.push_back(std::move(pair));
    for (auto& cluster : *page.mutable_clusters()) outcome.clusters.push_back(std::move(cluster));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return outcome;
}

}  // namespace

absl::StatusOr<CrossCheckOutcome> RunCrossCheck(
    const Client& client, const v1::StartCrossCheckRequest& request,
    const std::function<void(const v1::CrossCheckProgress&)>& on_progress) {
  absl::Time last_progress = absl::InfinitePast();  // a job that never began is not waited for
  const auto mark = [&](const v1::CrossCheckProgress& progress) {
    last_progress = absl::Now();
    on_progress(progress);
  };
  while (true) {
    absl::Status status =
        Call<v1::StartCrossCheckResponse>([&](grpc::ClientContext* call, auto* answer) {
          return client.gallery->StartCrossCheck(call, request, answer);
        }).status();
    if (status.ok()) status = Follow(client, request.job(), mark);
    if (status.ok()) return Fetch(client, request.job());
    if (!absl::IsUnavailable(status) || absl::Now() - last_progress > kPatience) return status;
    absl::SleepFor(kReconnectDelay);
  }
}

}  // namespace distinct::cli
