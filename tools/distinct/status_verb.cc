#include <memory>
#include <string>

#include "matchers/status.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"

namespace distinct::cli {
namespace {

Json ModalityJson(const v1::GetStatusResponse::Modality& modality) {
  Json json = {{"name", modality.name()},
               {"enabled", modality.enabled()},
               {"template_version", modality.template_version()},
               {"models", Json::array()},
               {"reason", modality.reason()}};
  for (const std::string& model : modality.models()) json["models"].push_back(model);
  return json;
}

absl::StatusOr<Json> Status(const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  const v1::GetStatusRequest request;
  ASSIGN_OR_RETURN(const v1::GetStatusResponse status,
                   Call<v1::GetStatusResponse>([&](grpc::ClientContext* call, auto* answer) {
                     return client.gallery->GetStatus(call, request, answer);
                   }));
  Json json;
  json["ready"] = status.ready();
  json["followed"] = status.followed();
  json["head"] = status.head();
  const auto& references = status.references();
  json["references"] = {{"unique", references.unique()},   {"duplicate", references.duplicate()},
                        {"review", references.review()},   {"open", references.open()},
                        {"refused", references.refused()}, {"withdrawn", references.withdrawn()},
                        {"erased", references.erased()},   {"accepted", references.accepted()}};
  json["bytes"] = {{"gallery", status.bytes().gallery()},
                   {"ledger", status.bytes().ledger()},
                   {"resident", status.bytes().resident()}};
  json["load"] = {{"refused_online", status.load().refused_online()},
                  {"refused_batch", status.load().refused_batch()},
                  {"abandoned", status.load().abandoned()},
                  {"samples_extracted", status.load().samples_extracted()}};
  json["models"] = Json::array();
  json["modalities"] = Json::array();
  for (const auto& modality : status.modalities()) {
    for (const std::string& model : modality.models()) json["models"].push_back(model);
    json["modalities"].push_back(ModalityJson(modality));
  }
  json["cpu_level"] = status.cpu_level();
  json["cpu_model"] = status.cpu_model();
  json["shards"] = status.shards();
  json["version"] = status.version();
  json["policy_version"] = status.policy_version();
  json["llr_duplicate"] = status.llr_duplicate();
  json["llr_review"] = status.llr_review();
  return json;
}

}  // namespace

void AddStatusVerb(CLI::App& app, Context& context) {
  auto json = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("status", "What the server holds and runs on");
  verb->add_option("--json", *json, "Write the answer; - for standard output (default)");
  verb->footer("  distinct status\n  distinct --server 10.0.0.7:50051 --tls-ca ca.pem status");
  verb->callback([json, &context] {
    context.run = [json, &context] { return WriteAnswer(Status(context.server), *json); };
  });
}

}  // namespace distinct::cli
