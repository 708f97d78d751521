#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "matchers/status.h"
#include "tools/distinct/client.h"
#include "tools/distinct/verbs.h"
#include "tools/distinct/wire_json.h"

namespace distinct::cli {
namespace {

// A server that restarts is back within seconds; its stream is then taken up where it broke.
constexpr absl::Duration kReconnectDelay = absl::Seconds(1);

struct WatchOptions {
  uint64_t after = 0;
  uint64_t count_max = 0;  // 0: until interrupted
  std::string json;
};

absl::Status Watch(const WatchOptions& options, const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  const bool to_file = !options.json.empty() && options.json != "-";
  std::FILE* const out = to_file ? std::fopen(options.json.c_str(), "wb") : stdout;
  if (out == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("json: got ", options.json, ", want a file that can be written"));
  }
  v1::WatchDecisionsRequest request;
  request.set_after_sequence(options.after);
  uint64_t count = 0;
  absl::Status status;
  while (true) {
    grpc::ClientContext context;
    const auto stream = client.enrolment->WatchDecisions(&context, request);
    v1::WatchDecisionsResponse response;
    while (stream->Read(&response)) {
      Json json = {{"sequence", response.sequence()},
                   {"event", v1::WatchDecisionsResponse::Event_Name(response.event())}};
      json.update(DecisionJson(response.decision()));
      std::fprintf(out, "%s\n", json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
      if (std::fflush(out) != 0) {
        status = absl::UnavailableError("json: got a write error, want room on the disk");
      }
      request.set_after_sequence(response.sequence());
      ++count;
      if (!status.ok() || count == options.count_max) {
        context.TryCancel();
        break;
      }
    }
    const absl::Status ended = FromGrpc(stream->Finish());
    if (!status.ok() || (options.count_max > 0 && count == options.count_max)) break;
    status = ended;
    if (!absl::IsUnavailable(status)) break;
    std::fprintf(stderr, "watch: %s; resuming after %llu\n", std::string(ended.message()).c_str(),
                 static_cast<unsigned long long>(request.after_sequence()));
    status = absl::OkStatus();
    absl::SleepFor(kReconnectDelay);
  }
  if (to_file) std::fclose(out);
  return status;
}

}  // namespace

void AddWatchVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* verb =
      app.add_subcommand("watch", "Every decision, and what became of it, as it is made");
  verb->add_option("--after", options->after, "Only after this sequence: the last one processed")
      ->capture_default_str();
  verb->add_option("--count", options->count_max, "End after this many; 0: never")
      ->capture_default_str();
  verb->add_option("--json", options->json, "Write JSON lines; - for standard output (default)");
  verb->footer(
      "First the past ones, then new ones. Takes a broken stream up again where it broke, so that\n"
      "none is left out or told twice.\n\n"
      "  distinct watch --after 1200");
  verb->callback([options, &context] {
    context.run = [options, &context] { return Watch(*options, context.server); };
  });
}

}  // namespace distinct::cli
