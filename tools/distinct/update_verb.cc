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

struct UpdateOptions {
  std::string enrolment_id;
  std::string update_of;
  std::string external_ref;
  std::vector<std::string> samples;
  std::string json;
};

absl::StatusOr<Json> Update(const UpdateOptions& options, const ServerAddress& server) {
  v1::UpdateRequest request;
  request.set_enrolment_id(options.enrolment_id);
  request.set_update_of(options.update_of);
  request.set_external_ref(options.external_ref);
  ASSIGN_OR_RETURN(*request.mutable_biometrics(), ReadSampleArguments(options.samples));
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const v1::UpdateResponse response,
                   Call<v1::UpdateResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.enrolment->Update(call, request, answer);
                   }));
  Json json = DecisionJson(response.decision());
  json["timing_ms"] = TimingJson(response.timing());
  return json;
}

}  // namespace

void AddUpdateVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<UpdateOptions>();
  CLI::App* verb = app.add_subcommand("update", "New samples of a person who is enrolled");
  verb->add_option("enrolment_id", options->enrolment_id, "A new id, of the update itself")
      ->required();
  verb->add_option("--of", options->update_of, "The person's enrolment_id")->required();
  verb->add_option("--sample", options->samples,
                   "POSITION=FILE or POSITION=FILE@DPI; repeat for more samples")
      ->required()
      ->allow_extra_args(false);
  verb->add_option("--external-ref", options->external_ref, "Your own reference");
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "ACCEPTED if they are the person's and nobody else's: they then replace what the person\n"
      "had, so bring every finger. REVIEW if in doubt or also another's, REFUSED if they are not\n"
      "the person's. Repeat it after any error: the same answer comes back.\n\n"
      "  distinct update u-1 --of e-1 --sample RIGHT_INDEX=a.png@500 --sample LEFT_INDEX=b.png");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(Update(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
