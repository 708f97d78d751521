#include <memory>
#include <string>

#include "matchers/status.h"
#include "tools/distinct/case_pictures.h"
#include "tools/distinct/unary_call.h"
#include "tools/distinct/verbs.h"
#include "tools/distinct/wire_json.h"

namespace distinct::cli {
namespace {

constexpr int kPageSize = 1000;

struct CasesOptions {
  bool closed = false;
  std::string json;
};

struct CaseOptions {
  std::string enrolment_id;
  bool claim = false;
  std::string pictures;
  std::string json;
};

Json CaseJson(const v1::Case& record) {
  Json json = {{"enrolment_id", record.enrolment_id()},
               {"kind", v1::CaseKind_Name(record.kind())},
               {"closed", record.closed()},
               {"opened_at", record.opened_at()}};
  if (!record.claimed_by().empty()) {
    json["claimed_by"] = record.claimed_by();
    json["claimed_until"] = record.claimed_until();
  }
  if (record.kind() == v1::MERGE_CASE) {
    json["persons"] = Json::array();
    for (const std::string& person : record.persons()) json["persons"].push_back(person);
  }
  return json;
}

Json ComparisonJson(const v1::PairComparison& comparison) {
  Json json = {{"position", v1::Position_Name(comparison.position())},
               {"reference_position", v1::Position_Name(comparison.reference_position())},
               {"llr", comparison.llr()},
               {"minutiae", Json::array()}};
  for (const v1::PairedMinutiae& pair : comparison.minutiae()) {
    json["minutiae"].push_back({{"probe", {pair.probe_x(), pair.probe_y()}},
                                {"reference", {pair.reference_x(), pair.reference_y()}},
                                {"share", pair.share()}});
  }
  return json;
}

Json CandidateJson(const v1::CaseCandidate& candidate) {
  Json json = {{"enrolment_id", candidate.candidate().enrolment_id()},
               {"external_ref", candidate.candidate().external_ref()},
               {"llr", candidate.candidate().llr()},
               {"positions", PositionsJson(candidate.candidate().positions())},
               {"decision", v1::DecisionKind_Name(candidate.kind())},
               {"erased", candidate.erased()},
               {"verdict", candidate.verdict() == v1::VERDICT_UNSPECIFIED
                               ? Json(nullptr)
                               : Json(v1::Verdict_Name(candidate.verdict()))},
               {"comparisons", Json::array()}};
  for (const v1::PairComparison& comparison : candidate.comparisons()) {
    json["comparisons"].push_back(ComparisonJson(comparison));
  }
  return json;
}

// A line a case, as `list` has a line an enrolment.
absl::Status RunCases(const CasesOptions& options, const ServerAddress& server) {
  v1::ListCasesRequest request;
  request.set_closed(options.closed);
  request.set_page_size(kPageSize);
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  std::string lines;
  do {
    ASSIGN_OR_RETURN(const v1::ListCasesResponse page,
                     Call<v1::ListCasesResponse>([&](grpc::ClientContext* call, auto* answer) {
                       return client.adjudication->ListCases(call, request, answer);
                     }));
    for (const v1::Case& record : page.cases()) lines += CaseJson(record).dump() + "\n";
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return WriteText(lines, options.json.empty() ? "-" : options.json);
}

absl::StatusOr<Json> OneCase(const CaseOptions& options, const ServerAddress& server) {
  ASSIGN_OR_RETURN(const Client client, Connect(server));
  if (options.claim) {
    v1::ClaimCaseRequest claim;
    claim.set_enrolment_id(options.enrolment_id);
    RETURN_IF_ERROR(Call<v1::ClaimCaseResponse>([&](grpc::ClientContext* call, auto* answer) {
                      return client.adjudication->ClaimCase(call, claim, answer);
                    }).status());
  }
  const auto ask = [&](const std::string& samples_of) {
    v1::GetCaseRequest request;
    request.set_enrolment_id(options.enrolment_id);
    request.set_samples_of(samples_of);
    return Call<v1::GetCaseResponse>([&](grpc::ClientContext* call, auto* answer) {
      return client.adjudication->GetCase(call, request, answer);
    });
  };
  ASSIGN_OR_RETURN(const v1::GetCaseResponse response, ask(""));
  Json json = {{"case", CaseJson(response.case_())},
               {"decision", DecisionJson(response.decision())},
               {"candidates", Json::array()}};
  for (const v1::CaseCandidate& candidate : response.candidates()) {
    json["candidates"].push_back(CandidateJson(candidate));
  }
  if (!options.pictures.empty()) {
    ASSIGN_OR_RETURN(const Json written,
                     WriteCasePictures(options.enrolment_id, options.pictures, ask));
    json.update(written);
  }
  return json;
}

void AddCasesVerb(CLI::App& app, Context& context) {
  auto options = std::make_shared<CasesOptions>();
  CLI::App* verb = app.add_subcommand("cases", "What examiners have to settle, a JSON line each");
  verb->add_flag("--closed", options->closed, "Those that are settled instead");
  verb->add_option("--json", options->json, "Write the lines; - for standard output (default)");
  verb->footer(
      "REVIEW_CASE: adjudicate it. MERGE_CASE: an enrolment of several persons; merge them if\n"
      "they are one.\n\n"
      "  distinct cases\n"
      "  distinct cases --closed --json settled.jsonl");
  verb->callback([options, &context] {
    context.run = [options, &context] { return RunCases(*options, context.server); };
  });
}

}  // namespace

void AddCaseVerbs(CLI::App& app, Context& context) {
  AddCasesVerb(app, context);
  auto options = std::make_shared<CaseOptions>();
  CLI::App* verb = app.add_subcommand("case", "A case: who is compared, and what agrees");
  verb->add_option("enrolment_id", options->enrolment_id, "The case's name")->required();
  verb->add_flag("--claim", options->claim, "Take it first: nobody else can for an hour");
  verb->add_option("--pictures", options->pictures,
                   "Write into this folder the images of all in the case, and each pair drawn");
  verb->add_option("--json", options->json, "Write the answer; - for standard output (default)");
  verb->footer(
      "The server records who looked at whose images. What agrees is told as pixels at 500 dpi\n"
      "from the top left of the print. With --pictures each compared pair is a PNG, as `compare`\n"
      "draws it, named CANDIDATE_POSITION.png, the case's print on the left; the images as they\n"
      "were sent lie beside it. A server keeps them while it runs with --keep-samples. The folder\n"
      "holds people's prints: remove it when the case is settled.\n\n"
      "  distinct case e-7\n"
      "  distinct case e-7 --claim --pictures e-7 --json case.json");
  verb->callback([options, &context] {
    context.run = [options, &context] {
      return WriteAnswer(OneCase(*options, context.server), options->json);
    };
  });
}

}  // namespace distinct::cli
