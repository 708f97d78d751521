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

constexpr int kPageSize = 1000;

struct ListOptions {
  std::vector<std::string> kinds;
  std::string tag;
  std::string json;
};

Json ReferenceJson(const v1::Reference& reference) {
  Json json = {{"enrolment_id", reference.enrolment_id()},
               {"external_ref", reference.external_ref()},
               {"number", reference.number()},
               {"decision", v1::DecisionKind_Name(reference.kind())},
               {"duplicate_of", OrNull(reference.duplicate_of())},
               {"update_of", OrNull(reference.update_of())},
               {"case_id", OrNull(reference.case_id())},
               {"merged_into", OrNull(reference.merged_into())},
               {"erased", reference.erased()},
               {"tags", Json::array()}};
  for (const std::string& tag : reference.tags()) json["tags"].push_back(tag);
  return json;
}

// A line an enrolment: a registry's list does not fit into one object.
absl::StatusOr<std::string> List(const ListOptions& options, const ServerAddress& server) {
  v1::ListReferencesRequest request;
  request.set_page_size(kPageSize);
  request.set_tag(options.tag);
  for (const std::string& kind : options.kinds) {
    v1::DecisionKind value = v1::DECISION_KIND_UNSPECIFIED;
    if (!v1::DecisionKind_Parse(kind, &value)) {
      return absl::InvalidArgumentError(
          absl::StrCat("decision: got ", kind,
                       ", want OPEN, UNIQUE, DUPLICATE, REVIEW, REFUSED, WITHDRAWN or ACCEPTED"));
    }
    request.add_kinds(value);
  }
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  std::string lines;
  do {
    ASSIGN_OR_RETURN(const v1::ListReferencesResponse page,
                     Call<v1::ListReferencesResponse>([&](grpc::ClientContext* call, auto* answer) {
                       return client.gallery->ListReferences(call, request, answer);
                     }));
    for (const v1::Reference& reference : page.references()) {
      lines += ReferenceJson(reference).dump() + "\n";
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return lines;
}

absl::Status RunList(const ListOptions& options, const ServerAddress& server) {
  const std::string path = options.json.empty() ? "-" : options.json;
  ASSIGN_OR_RETURN(const std::string lines, List(options, server));
  return WriteText(lines, path);
}

}  // namespace

void AddListVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* verb = app.add_subcommand("list", "Enrolments in the ledger's order, a JSON line each");
  verb->add_option("--decision", options->kinds, "Only these: UNIQUE, REVIEW, ...; repeat for more")
      ->allow_extra_args(false);
  verb->add_option("--tag", options->tag, "Only these");
  verb->add_option("--json", options->json, "Write the lines; - for standard output (default)");
  verb->footer("  distinct list --decision REVIEW\n  distinct list --tag camp-3 --json camp.jsonl");
  verb->callback([options, &context] {
    context.run = [options, &context] { return RunList(*options, context.server); };
  });
}

}  // namespace distinct::cli
