#include <memory>
#include <string>

#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct MergeOptions {
  std::string enrolment_id;
  std::string other;
  std::string reason;
  std::string json;
};

absl::StatusOr<Json> Merge(const MergeOptions& options, const ServerAddress& server) {
  v1::MergeRequest request;
  request.set_enrolment_id(options.enrolment_id);
  request.set_other_enrolment_id(options.other);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const v1::MergeResponse response,
                   Call<v1::MergeResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.adjudication->Merge(call, request, answer);
                   }));
  return Json{{"merged", response.merged()}, {"into", response.into()}};
}

}  // namespace

void AddMergeVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* verb = app.add_subcommand("merge", "Two enrolled persons are one");
  verb->add_option("enrolment_id", options->enrolment_id, "One of them")->required();
  verb->add_option("other", options->other, "The other")->required();
  verb->add_option("--reason", options->reason, "Why; kept")->required();
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "The later counts for the earlier from now on; the decisions stay as they are. In either\n"
      "order, and repeating changes nothing.\n\n"
      "  distinct merge e-1 e-9 --reason \"the same birth certificate\"");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(Merge(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
