#include "engine/service/convert.h"

#include <string>

#include "absl/time/clock.h"
#include "matchers/status.h"

namespace distinct::service {

std::optional<Position> FromProto(v1::Position position) { return PositionFromNumber(position); }

v1::Position ToProto(Position position) { return static_cast<v1::Position>(position); }

search::Priority PriorityOf(v1::Priority priority) {
  return priority == v1::BATCH ? search::Priority::kBatch : search::Priority::kOnline;
}

v1::DecisionKind ToProto(ledger::DecisionKind kind) {
  switch (kind) {
    case ledger::DecisionKind::kOpen:
      return v1::OPEN;
    case ledger::DecisionKind::kUnique:
      return v1::UNIQUE;
    case ledger::DecisionKind::kDuplicate:
      return v1::DUPLICATE;
    case ledger::DecisionKind::kReview:
      return v1::REVIEW;
    case ledger::DecisionKind::kRefused:
      return v1::REFUSED;
    case ledger::DecisionKind::kWithdrawn:
      return v1::WITHDRAWN;
    case ledger::DecisionKind::kAccepted:
      return v1::ACCEPTED;
  }
  return v1::DECISION_KIND_UNSPECIFIED;
}

std::string_view ReasonName(v1::MissingPosition::Reason reason) {
  switch (reason) {
    case v1::MissingPosition::AMPUTATED:
      return "AMPUTATED";
    case v1::MissingPosition::BANDAGED:
      return "BANDAGED";
    case v1::MissingPosition::DAMAGED:
      return "DAMAGED";
    default:
      return "OTHER";
  }
}

v1::FindingAction ToProto(ledger::FindingAction action) {
  switch (action) {
    case ledger::FindingAction::kNote:
      return v1::FINDING_NOTE;
    case ledger::FindingAction::kReview:
      return v1::FINDING_REVIEW;
    case ledger::FindingAction::kRefuse:
      return v1::FINDING_REFUSE;
  }
  return v1::FINDING_ACTION_UNSPECIFIED;
}

void FillFindings(absl::Span<const ledger::Finding> findings,
                  google::protobuf::RepeatedPtrField<v1::Finding>& out) {
  for (const ledger::Finding& finding : findings) {
    v1::Finding* const added = out.Add();
    added->set_code(finding.code);
    added->set_text(finding.text);
    added->set_action(ToProto(finding.action));
  }
}

void FillEvidence(absl::Span<const fusion::PositionEvidence> positions,
                  google::protobuf::RepeatedPtrField<v1::PositionEvidence>& out) {
  for (const fusion::PositionEvidence& evidence : positions) {
    v1::PositionEvidence* const added = out.Add();
    added->set_position(ToProto(evidence.probe));
    added->set_reference_position(ToProto(evidence.reference));
    added->set_llr(evidence.llr.value);
  }
}

namespace {

constexpr int kCandidatesMax = 20;  // types.proto

absl::Status FillCandidates(const ledger::Ledger& ledger, const ledger::Decision& decision,
                            v1::Decision& out) {
  for (const ledger::CandidateRecord& candidate : decision.candidates) {
    if (out.candidates_size() == kCandidatesMax) break;
    ASSIGN_OR_RETURN(*out.add_candidates(), CandidateOf(ledger, candidate));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Candidate> CandidateOf(const ledger::Ledger& ledger,
                                          const ledger::CandidateRecord& candidate) {
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, ledger.Read(candidate.ticket));
  v1::Candidate out;
  out.set_enrolment_id(candidate.id.value);
  out.set_external_ref(enrolment.external_ref);
  out.set_llr(candidate.llr.value);
  for (const ledger::PositionLlr& position : candidate.positions) {
    v1::PositionEvidence* const evidence = out.add_positions();
    evidence->set_position(ToProto(position.position));
    evidence->set_llr(position.llr.value);
  }
  return out;
}

std::string ToText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

absl::StatusOr<v1::Decision> DecisionOf(const ledger::Ledger& ledger, const ledger::State& state) {
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, ledger.Read(state.ticket));
  const ledger::Decision& decision = state.decision;
  v1::Decision out;
  out.set_enrolment_id(state.id.value);
  out.set_external_ref(enrolment.external_ref);
  out.set_number(Number(state.ticket));
  out.set_kind(ToProto(decision.kind));
  if (decision.original != kNoTicket) {
    ASSIGN_OR_RETURN(const ledger::State original, ledger.StateOf(decision.original));
    out.set_duplicate_of(original.id.value);
  }
  if (state.subject != kNoTicket) {
    ASSIGN_OR_RETURN(const ledger::State subject, ledger.StateOf(state.subject));
    out.set_update_of(subject.id.value);
  }
  if (enrolment.case_ticket != kNoTicket) {
    ASSIGN_OR_RETURN(const ledger::State carried, ledger.StateOf(enrolment.case_ticket));
    out.set_case_id(carried.id.value);
  }
  if (state.parent != kNoTicket) {
    ASSIGN_OR_RETURN(const ledger::State parent, ledger.StateOf(state.parent));
    out.set_merged_into(parent.id.value);
  }
  RETURN_IF_ERROR(FillCandidates(ledger, decision, out));
  FillFindings(decision.findings, *out.mutable_findings());
  out.set_searched_count(decision.searched_count);
  out.set_gallery_count(decision.gallery_count);
  out.set_policy_version(static_cast<uint32_t>(enrolment.policy));
  out.set_erased(state.closed_at != kNoTicket);
  if (decision.kind != ledger::DecisionKind::kOpen) {
    out.set_decided_at(ToText(decision.decided_at));
  }
  return out;
}

double Milliseconds(absl::Duration duration) { return absl::ToDoubleMilliseconds(duration); }

}  // namespace distinct::service
