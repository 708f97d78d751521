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

struct IdentifyOptions {
  std::vector<std::string> samples;
  int candidates_max = 0;
  std::string tag;
  std::string purpose = "command line";
  std::string json;
};

absl::StatusOr<Json> Identify(const IdentifyOptions& options, const ServerAddress& server) {
  v1::IdentifyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_biometrics(), ReadSampleArguments(options.samples));
  request.set_purpose(options.purpose);
  request.set_candidates_max(options.candidates_max);
  request.set_tag(options.tag);
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const v1::IdentifyResponse response,
                   Call<v1::IdentifyResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.identification->Identify(call, request, answer);
                   }));
  return Json{{"candidates", CandidatesJson(response.candidates())},
              {"searched_count", response.searched_count()},
              {"gallery_count", response.gallery_count()},
              {"policy_version", response.policy_version()},
              {"findings", FindingsJson(response.findings())},
              {"timing_ms", TimingJson(response.timing())}};
}

}  // namespace

void AddIdentifyVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<IdentifyOptions>();
  CLI::App* verb = app.add_subcommand("identify", "Who is this? Searches everyone, enrols nobody");
  verb->add_option("--sample", options->samples,
                   "POSITION=FILE or POSITION=FILE@DPI; repeat for more samples")
      ->required()
      ->allow_extra_args(false);
  verb->add_option("--candidates", options->candidates_max, "At most this many; 0: 20")
      ->check(CLI::Range(0, 100));
  verb->add_option("--tag", options->tag, "Search only persons with this tag");
  verb->add_option("--purpose", options->purpose, "Why the search is made; recorded")
      ->capture_default_str();
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "The server records who asked and for what purpose.\n\n"
      "  distinct identify --sample RIGHT_INDEX=a.png --sample FACE=f.jpg --purpose \"lost card\"\n"
      "  distinct identify --sample LEFT_THUMB=latent.tif@1000 --candidates 5 --json -");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(Identify(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
