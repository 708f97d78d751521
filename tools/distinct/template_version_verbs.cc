#include <memory>
#include <string>

#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

struct VersionOptions {
  std::string modality;
  uint32_t version = 0;
  uint64_t staying_max = 0;
  std::string reason;
  int pairs = 100;
  std::string json;
};

Json VersionJson(const v1::TemplateVersion& version) {
  return {{"modality", version.modality()},
          {"from", version.from()},
          {"to", version.to()},
          {"phase", v1::TemplateVersion::Phase_Name(version.phase())},
          {"begun_at", version.begun_at()},
          {"switched_at", version.switched_at()},
          {"staying", version.staying()},
          {"re_extracted_to", version.re_extracted_to()},
          {"head", version.head()}};
}

absl::StatusOr<Json> Begin(const VersionOptions& options, const Client& client) {
  v1::BeginTemplateVersionRequest request;
  request.set_modality(options.modality);
  request.set_version(options.version);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(
      const v1::BeginTemplateVersionResponse response,
      Call<v1::BeginTemplateVersionResponse>([&](grpc::ClientContext* call, auto* answer) {
        return client.maintenance->BeginTemplateVersion(call, request, answer);
      }));
  return VersionJson(response.template_version());
}

absl::StatusOr<Json> Status(const VersionOptions&, const Client& client) {
  const v1::ListTemplateVersionsRequest request;
  ASSIGN_OR_RETURN(
      const v1::ListTemplateVersionsResponse response,
      Call<v1::ListTemplateVersionsResponse>([&](grpc::ClientContext* call, auto* answer) {
        return client.maintenance->ListTemplateVersions(call, request, answer);
      }));
  Json json = Json::array();
  for (const auto& version : response.template_versions()) json.push_back(VersionJson(version));
  return json;
}

absl::StatusOr<Json> Report(const VersionOptions& options, const Client& client) {
  v1::ReportTemplateVersionRequest request;
  request.set_pairs_max(options.pairs);
  ASSIGN_OR_RETURN(
      const v1::ReportTemplateVersionResponse response,
      Call<v1::ReportTemplateVersionResponse>([&](grpc::ClientContext* call, auto* answer) {
        return client.maintenance->ReportTemplateVersion(call, request, answer);
      }));
  Json changed = Json::array(), staying = Json::array();
  for (const auto& pair : response.changed()) {
    changed.push_back({{"a", pair.a()},
                       {"b", pair.b()},
                       {"mated", pair.mated()},
                       {"llr_before", pair.llr_before()},
                       {"llr_after", pair.llr_after()},
                       {"before", v1::DecisionKind_Name(pair.before())},
                       {"after", v1::DecisionKind_Name(pair.after())}});
  }
  for (const auto& one : response.staying()) {
    staying.push_back({{"enrolment_id", one.enrolment_id()},
                       {"reason", v1::StayingRecord::Reason_Name(one.reason())}});
  }
  return Json{{"complete", response.complete()},
              {"no_sample_kept", response.no_sample_kept()},
              {"failed_to_extract", response.failed_to_extract()},
              {"not_yet_done", response.not_yet_done()},
              {"mated_pairs", response.mated_pairs()},
              {"neighbour_pairs", response.neighbour_pairs()},
              {"changed", changed},
              {"staying", staying}};
}

absl::StatusOr<Json> Switch(const VersionOptions& options, const Client& client) {
  v1::SwitchTemplateVersionRequest request;
  request.set_modality(options.modality);
  request.set_version(options.version);
  request.set_staying_max(options.staying_max);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(
      const v1::SwitchTemplateVersionResponse response,
      Call<v1::SwitchTemplateVersionResponse>([&](grpc::ClientContext* call, auto* answer) {
        return client.maintenance->SwitchTemplateVersion(call, request, answer);
      }));
  return VersionJson(response.template_version());
}

}  // namespace

void AddTemplateVersionVerbs(CLI::App& app, Context& context) {
  CLI::App* verbs = app.add_subcommand("template-version", "Go over to another template version");
  verbs->require_subcommand(1);
  auto options = std::make_shared<VersionOptions>();
  const auto add = [&](const char* name, const char* what, bool names_one, auto run) {
    CLI::App* verb = verbs->add_subcommand(name, what);
    if (names_one) {
      verb->add_option("modality", options->modality, "finger or face")->required();
      verb->add_option("version", options->version, "The new version")->required();
      verb->add_option("--reason", options->reason, "Why; kept")->required();
    }
    verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
    verb->callback([options, &context, run] {
      context.run = [options, &context, run]() -> absl::Status {
        ASSIGN_OR_RETURN(const Client client, Connect(context.server));
        return WriteAnswer(run(*options, client), options->json);
      };
    });
    return verb;
  };
  add("begin", "From now on enrolments bring it too, and kept samples are extracted again", true,
      Begin);
  add("status", "The versions that were begun, and how far re-extraction has come", false, Status);
  add("report", "What a switch would change: who stays, which comparisons change", false, Report)
      ->add_option("--pairs", options->pairs, "Pairs compared of each kind; 0: none")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  CLI::App* last = add("switch", "Search by it from now on; distinctd starts anew", true, Switch);
  last->add_option("--staying-max", options->staying_max,
                   "So many records may stay in the old version")
      ->capture_default_str();
  last->footer(
      "Refused while re-extraction is under way, or if more would stay. Enrolments are "
      "UNAVAILABLE\n"
      "until distinctd has started anew, about as long as a start takes.\n\n"
      "  distinct template-version begin finger 4 --reason \"release 2\"\n"
      "  distinct template-version report\n"
      "  distinct template-version switch finger 4 --staying-max 12 --reason \"report of 3 May\"");
}

}  // namespace distinct::cli
