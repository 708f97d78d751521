#include "tools/distinct/wire_json.h"

namespace distinct::cli {

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json PositionsJson(const google::protobuf::RepeatedPtrField<v1::PositionEvidence>& positions) {
  Json json = Json::object();
  for (const v1::PositionEvidence& evidence : positions) {
    const std::string& name = v1::Position_Name(evidence.position());
    const bool stronger = !json.contains(name) || evidence.llr() > json[name].get<double>();
    if (stronger) json[name] = evidence.llr();
  }
  return json;
}

Json CandidatesJson(const google::protobuf::RepeatedPtrField<v1::Candidate>& candidates) {
  Json json = Json::array();
  for (const v1::Candidate& candidate : candidates) {
    json.push_back({{"enrolment_id", candidate.enrolment_id()},
                    {"external_ref", candidate.external_ref()},
                    {"llr", candidate.llr()},
                    {"positions", PositionsJson(candidate.positions())}});
  }
  return json;
}

Json FindingsJson(const google::protobuf::RepeatedPtrField<v1::Finding>& findings) {
  Json json = Json::array();
  for (const v1::Finding& finding : findings) {
    json.push_back(finding.text().empty() ? finding.code()
                                          : finding.code() + ": " + finding.text());
  }
  return json;
}

Json TimingJson(const v1::Timing& timing) {
  return {{"queue", timing.queue_ms()},   {"extract", timing.extract_ms()},
          {"append", timing.append_ms()}, {"search", timing.search_ms()},
          {"decide", timing.decide_ms()}, {"total", timing.total_ms()}};
}

Json DecisionJson(const v1::Decision& decision) {
  Json json;
  json["enrolment_id"] = decision.enrolment_id();
  json["external_ref"] = decision.external_ref();
  json["number"] = decision.number();
  json["decision"] = v1::DecisionKind_Name(decision.kind());
  json["duplicate_of"] = OrNull(decision.duplicate_of());
  if (!decision.update_of().empty()) json["update_of"] = decision.update_of();
  if (!decision.case_id().empty()) json["case_id"] = decision.case_id();
  if (!decision.merged_into().empty()) json["merged_into"] = decision.merged_into();
  json["candidates"] = CandidatesJson(decision.candidates());
  json["searched_count"] = decision.searched_count();
  json["gallery_count"] = decision.gallery_count();
  json["policy_version"] = decision.policy_version();
  json["findings"] = FindingsJson(decision.findings());
  json["erased"] = decision.erased();
  json["decided_at"] = decision.decided_at();
  return json;
}

}  // namespace distinct::cli
