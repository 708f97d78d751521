#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"
#include "tools/distinct/wire_json.h"

namespace distinct::cli {
namespace {

struct AdjudicateOptions {
  std::string enrolment_id;
  std::vector<std::string> same;
  std::vector<std::string> different;
  std::string not_duplicate_of;
  std::string reason;
  std::string json;
};

void AddVerdicts(const std::vector<std::string>& candidates, v1::Verdict verdict,
                 v1::AdjudicateRequest& request) {
  for (const std::string& candidate : candidates) {
    v1::PairVerdict& added = *request.add_verdicts();
    added.set_candidate(candidate);
    added.set_verdict(verdict);
  }
}

absl::StatusOr<Json> Adjudicate(const AdjudicateOptions& options, const ServerAddress& server) {
  v1::AdjudicateRequest request;
  request.set_enrolment_id(options.enrolment_id);
  AddVerdicts(options.same, v1::SAME, request);
  AddVerdicts(options.different, v1::DIFFERENT, request);
  request.set_reason(options.reason);
  if (!options.not_duplicate_of.empty()) {
    request.set_duplicate_of(options.not_duplicate_of);
    AddVerdicts({options.not_duplicate_of}, v1::DIFFERENT, request);
  }
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  ASSIGN_OR_RETURN(const v1::AdjudicateResponse response,
                   Call<v1::AdjudicateResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.adjudication->Adjudicate(call, request, answer);
                   }));
  Json json = DecisionJson(response.decision());
  if (!options.not_duplicate_of.empty() && !response.decision().erased()) {
    json["next"] = absl::StrCat("the decision stays; erase ", options.enrolment_id,
                                ", then enrol the person under a new enrolment_id with case_id ",
                                options.enrolment_id);
  }
  return json;
}

}  // namespace

void AddAdjudicateVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<AdjudicateOptions>();
  CLI::App* verb = app.add_subcommand(
      "adjudicate", "An examiner's word on what is in REVIEW, or a wrong DUPLICATE");
  verb->add_option("enrolment_id", options->enrolment_id, "The enrolment or update")->required();
  verb->add_option("--same", options->same, "A candidate who is this person; repeat for more")
      ->allow_extra_args(false);
  verb->add_option("--not-duplicate-of", options->not_duplicate_of,
                   "Of a wrong DUPLICATE: whom it is of, and is not");
  verb->add_option("--different", options->different,
                   "A candidate who is another person; repeat for more")
      ->allow_extra_args(false);
  verb->add_option("--reason", options->reason, "What the examiner saw; kept")->required();
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "Every candidate gets a verdict, which is kept for ever; `distinct case` names them. Of\n"
      "somebody: DUPLICATE. Of nobody: UNIQUE. An update of its person alone: ACCEPTED. Repeating\n"
      "gets the same answer. A wrong DUPLICATE stays: \"next\" tells what follows.\n"
      "\n"
      "  distinct adjudicate e-7 --same e-1 --different e-3 --reason \"scar on the right thumb\"\n"
      "  distinct adjudicate e-5 --not-duplicate-of e-1 --reason \"twins\"");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(Adjudicate(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
