#include <memory>
#include <string>

#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct EraseOptions {
  std::string enrolment_id;
  std::string reason;
  std::string json;
};

absl::StatusOr<Json> Erase(const EraseOptions& options, const ServerAddress& server) {
  v1::EraseRequest request;
  request.set_enrolment_id(options.enrolment_id);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const v1::EraseResponse response,
                   Call<v1::EraseResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.enrolment->Erase(call, request, answer);
                   }));
  return Json{{"erased", response.erased()}, {"number", response.number()}};
}

}  // namespace

void AddEraseVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<EraseOptions>();
  CLI::App* verb = app.add_subcommand("erase", "Erase a person's templates");
  verb->add_option("enrolment_id", options->enrolment_id, "Whose")->required();
  verb->add_option("--reason", options->reason, "The legal ground or the request's number; kept")
      ->required();
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "Of a UNIQUE enrolment its duplicates are erased with it; of another, it alone. The\n"
      "decision stays readable. Repeating changes nothing: \"erased\" is then false.\n\n"
      "  distinct erase e-1 --reason \"court order 17/2026\"");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(Erase(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
