#include <memory>
#include <string>

#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct PolicyOptions {
  double llr_duplicate = 0;
  double llr_review = 0;
  std::string reason;
  std::string json;
};

Json PolicyJson(const v1::Policy& policy) {
  Json json = {{"version", policy.version()},
               {"llr_duplicate", policy.llr_duplicate()},
               {"llr_review", policy.llr_review()}};
  if (policy.number() == 0) return json;  // nobody set the first
  json["number"] = policy.number();
  json["caller"] = policy.caller();
  json["reason"] = policy.reason();
  json["set_at"] = policy.set_at();
  return json;
}

// All that there were; the last is in force.
absl::StatusOr<Json> History(const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  const v1::ListPoliciesRequest request;
  ASSIGN_OR_RETURN(const v1::ListPoliciesResponse response,
                   Call<v1::ListPoliciesResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.gallery->ListPolicies(call, request, answer);
                   }));
  Json json = Json::array();
  for (const v1::Policy& policy : response.policies()) json.push_back(PolicyJson(policy));
  return json;
}

absl::StatusOr<Json> Show(const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Json history, History(server));
  return history.back();
}

absl::StatusOr<Json> Set(const PolicyOptions& options, const ServerAddress& server) {
  v1::SetPolicyRequest request;
  request.set_llr_duplicate(options.llr_duplicate);
  request.set_llr_review(options.llr_review);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const v1::SetPolicyResponse response,
                   Call<v1::SetPolicyResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.gallery->SetPolicy(call, request, answer);
                   }));
  return PolicyJson(response.policy());
}

}  // namespace

void AddPolicyVerbs(CLI::App& app, Context& context) {
  CLI::App* policy = app.add_subcommand("policy", "The thresholds of DUPLICATE and REVIEW");
  policy->require_subcommand(1);
  auto options = std::make_shared<PolicyOptions>();
  const auto add = [&](const char* name, const char* what, auto run) {
    CLI::App* verb = policy->add_subcommand(name, what);
    verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
    verb->callback([options, &context, run] {
      context.run = [options, &context, run] {
        return WriteAnswer(run(*options, context.server), options->json);
      };
    });
    return verb;
  };
  add("show", "The policy in force",
      [](const PolicyOptions&, const ServerAddress& server) { return Show(server); });
  add("history", "All policies, who set them and why; the last is in force",
      [](const PolicyOptions&, const ServerAddress& server) { return History(server); });
  CLI::App* set = add("set", "New thresholds for what is enrolled from now on", Set);
  set->add_option("--llr-duplicate", options->llr_duplicate, "From here on it is one person")
      ->required();
  set->add_option("--llr-review", options->llr_review, "From here on an examiner looks")
      ->required();
  set->add_option("--reason", options->reason, "Why; kept")->required();
  set->footer(
      "Natural logarithms of likelihood ratios, 0 < review < duplicate. What was enrolled before\n"
      "keeps the policy of then, decided or not; a cross-check looks at it by the new one.\n\n"
      "  distinct policy set --llr-duplicate 16.1 --llr-review 9.2 --reason \"10 million people\"\n"
      "  distinct crosscheck --out check/");
}

}  // namespace distinct::cli
