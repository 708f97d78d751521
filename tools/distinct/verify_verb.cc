#include <memory>
#include <string>
#include <vector>

#include "matchers/status.h"
#include "tools/distinct/sample_files.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"
#include "tools/distinct/wire_json.h"

namespace distinct::cli {
namespace {

struct VerifyOptions {
  std::vector<std::string> samples;
  std::string enrolment_id;
  std::vector<std::string> against;
  std::string purpose = "command line";
  std::string json;
};

absl::StatusOr<Json> Verify(const VerifyOptions& options, const ServerAddress& server) {
  v1::VerifyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_probe(), ReadSampleArguments(options.samples));
  if (options.against.empty()) {
    request.set_enrolment_id(options.enrolment_id);
  } else {
    ASSIGN_OR_RETURN(*request.mutable_biometrics(), ReadSampleArguments(options.against));
  }
  request.set_purpose(options.purpose);
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const v1::VerifyResponse response,
                   Call<v1::VerifyResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.identification->Verify(call, request, answer);
                   }));
  return Json{{"match", response.match()},
              {"llr", response.llr()},
              {"positions", PositionsJson(response.positions())},
              {"policy_version", response.policy_version()}};
}

}  // namespace

void AddVerifyVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* verb = app.add_subcommand("verify", "Is this that enrolled person?");
  verb->add_option("--sample", options->samples,
                   "POSITION=FILE or POSITION=FILE@DPI; repeat for more samples")
      ->required()
      ->allow_extra_args(false);
  CLI::Option_group* reference = verb->add_option_group("Reference");
  reference->add_option("--enrolment", options->enrolment_id, "The enrolled person");
  reference
      ->add_option("--against", options->against,
                   "Instead of an enrolled person: POSITION=FILE of the other samples")
      ->allow_extra_args(false);
  reference->require_option(1);
  verb->add_option("--purpose", options->purpose, "Why the comparison is made; recorded")
      ->capture_default_str();
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "Ends with 0 whether they match or not; the answer says it.\n\n"
      "  distinct verify --sample RIGHT_INDEX=a.png --enrolment e-1\n"
      "  distinct verify --sample FACE=a.jpg --against FACE=b.jpg");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(Verify(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
