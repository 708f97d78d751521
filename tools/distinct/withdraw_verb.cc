#include <memory>
#include <string>

#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct WithdrawOptions {
  std::string enrolment_id;
  std::string reason;
  std::string json;
};

absl::StatusOr<Json> Withdraw(const WithdrawOptions& options, const ServerAddress& server) {
  v1::WithdrawRequest request;
  request.set_enrolment_id(options.enrolment_id);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const v1::WithdrawResponse response,
                   Call<v1::WithdrawResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.enrolment->Withdraw(call, request, answer);
                   }));
  return Json{{"withdrawn", response.withdrawn()}, {"number", response.number()}};
}

}  // namespace

void AddWithdrawVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<WithdrawOptions>();
  CLI::App* verb = app.add_subcommand("withdraw", "Take back an enrolment that is not decided");
  verb->add_option("enrolment_id", options->enrolment_id, "An enrolment or update in REVIEW")
      ->required();
  verb->add_option("--reason", options->reason, "Why; kept")->required();
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "Its templates are erased and its case is closed. What is decided is erased instead.\n"
      "Repeating changes nothing: \"withdrawn\" is then false.\n\n"
      "  distinct withdraw e-7 --reason \"captured by mistake\"");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(Withdraw(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
