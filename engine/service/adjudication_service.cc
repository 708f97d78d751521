#include "engine/service/adjudication_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/enrolment/driver.h"
#include "engine/service/case_view.h"
#include "engine/service/convert.h"
#include "engine/service/status.h"
#include "engine/service/validate.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

constexpr int kPageDefault = 100;                      // adjudication.proto
constexpr absl::Duration kClaimTime = absl::Hours(1);  // adjudication.proto

std::string DetailOf(const v1::AdjudicateRequest& request) {
  std::string detail;
  for (const v1::PairVerdict& one : request.verdicts()) {
    absl::StrAppend(&detail, detail.empty() ? "" : " ", v1::Verdict_Name(one.verdict()), "=",
                    one.candidate());
  }
  return detail;
}

}  // namespace

grpc::ServerUnaryReactor* AdjudicationService::ListCases(grpc::CallbackServerContext* context,
                                                         const v1::ListCasesRequest* request,
                                                         v1::ListCasesResponse* response) {
  return RunOn(parts_.reads, context,
               [this, request, response](const Call&) { return DoListCases(*request, *response); });
}

absl::Status AdjudicationService::DoListCases(const v1::ListCasesRequest& request,
                                              v1::ListCasesResponse& response) const {
  RETURN_IF_ERROR(Validate(request));
  uint64_t after = 0;
  static_cast<void>(absl::SimpleAtoi(request.page_token(), &after));  // validated; or empty
  const int page = request.page_size() == 0 ? kPageDefault : request.page_size();
  ASSIGN_OR_RETURN(const std::vector<ledger::Case> cases,
                   parts_.ledger.Cases(request.closed(), Ticket{after}, page));
  for (const ledger::Case& record : cases) {
    ASSIGN_OR_RETURN(*response.add_cases(), CaseOf(parts_.ledger, record));
  }
  if (response.cases_size() == page) {
    response.set_next_page_token(absl::StrCat(Number(cases.back().ticket)));
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* AdjudicationService::GetCase(grpc::CallbackServerContext* context,
                                                       const v1::GetCaseRequest* request,
                                                       v1::GetCaseResponse* response) {
  return RunAdmitted(parts_, context, {}, [this, request, response](const Call& call) {
    return DoGetCase(call, *request, *response);
  });
}

absl::StatusOr<ledger::Case> AdjudicationService::FindCase(const std::string& enrolment_id) const {
  ASSIGN_OR_RETURN(const ledger::State state, parts_.ledger.Find(EnrolmentId{enrolment_id}));
  return parts_.ledger.CaseOf(state.ticket);
}

absl::Status AdjudicationService::DoGetCase(const Call& call, const v1::GetCaseRequest& request,
                                            v1::GetCaseResponse& response) const {
  RETURN_IF_ERROR(Validate(request));
  ASSIGN_OR_RETURN(const ledger::State state,
                   parts_.ledger.Find(EnrolmentId{request.enrolment_id()}));
  absl::StatusOr<ledger::Case> record = parts_.ledger.CaseOf(state.ticket);
  const bool erased = state.closed_at != kNoTicket;
  if (erased && !request.samples_of().empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "samples_of: got ", request.samples_of(), " of ", state.id.value,
        ", which is erased, want a case with something left to compare; leave it out"));
  }
  // What a machine decided has none, and is looked at before it is taken back.
  if (absl::IsNotFound(record.status()) && !erased &&
      state.decision.kind == ledger::DecisionKind::kDuplicate) {
    record = ledger::Case();
    response.mutable_case_()->set_enrolment_id(state.id.value);
    response.mutable_case_()->set_closed(true);
  } else {
    RETURN_IF_ERROR(record.status());
    ASSIGN_OR_RETURN(*response.mutable_case_(), CaseOf(parts_.ledger, *record));
  }
  ASSIGN_OR_RETURN(*response.mutable_decision(), DecisionOf(parts_.ledger, state));
  std::string detail =
      absl::StrCat("enrolment_id=", request.enrolment_id(), " number=", Number(state.ticket),
                   " candidates=", state.decision.candidates.size());
  if (!request.samples_of().empty()) {
    RETURN_IF_ERROR(FillSamples(parts_.ledger, state, record->persons, request.samples_of(),
                                *response.mutable_samples()));
    absl::StrAppend(&detail, " samples_of=", request.samples_of(),
                    " samples=", response.samples_size());
  }
  RETURN_IF_ERROR(
      FillCandidates(parts_, state, request.samples_of(), *response.mutable_candidates()));
  // Recorded before it is answered: a look at persons that left no trace must not be possible.
  return parts_.enroller.writes().Checked(
      parts_.ledger.Audit({"CASE", call.caller, "adjudication", detail}));
}

grpc::ServerUnaryReactor* AdjudicationService::ClaimCase(grpc::CallbackServerContext* context,
                                                         const v1::ClaimCaseRequest* request,
                                                         v1::ClaimCaseResponse* response) {
  return RunAdmitted(parts_, context, {}, [this, request, response](const Call& call) {
    return DoClaimCase(call, *request, *response);
  });
}

absl::Status AdjudicationService::DoClaimCase(const Call& call, const v1::ClaimCaseRequest& request,
                                              v1::ClaimCaseResponse& response) const {
  RETURN_IF_ERROR(Validate(request));
  ASSIGN_OR_RETURN(const ledger::Case found, FindCase(request.enrolment_id()));
  ASSIGN_OR_RETURN(const ledger::Case claimed,
                   parts_.enroller.writes().Checked(parts_.ledger.ClaimCase(
                       found.ticket, call.caller, absl::Now() + kClaimTime)));
  ASSIGN_OR_RETURN(*response.mutable_case_(), CaseOf(parts_.ledger, claimed));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* AdjudicationService::Adjudicate(grpc::CallbackServerContext* context,
                                                          const v1::AdjudicateRequest* request,
                                                          v1::AdjudicateResponse* response) {
  return RunAdmitted(parts_, context, {}, [this, request, response](const Call& call) {
    return DoAdjudicate(call, *request, *response);
  });
}

absl::Status AdjudicationService::DoAdjudicate(const Call& call,
                                               const v1::AdjudicateRequest& request,
                                               v1::AdjudicateResponse& response) const {
  RETURN_IF_ERROR(Validate(request));
  RETURN_IF_ERROR(CheckReady(parts_.enroller));
  ASSIGN_OR_RETURN(const ledger::State state,
                   parts_.ledger.Find(EnrolmentId{request.enrolment_id()}));
  ASSIGN_OR_RETURN(const std::vector<ledger::PairVerdict> verdicts, VerdictsOf(request, state));
  RETURN_IF_ERROR(CheckNotTaken(call, state));
  ledger::AuditRecord audit{"ADJUDICATE", call.caller, request.reason(), DetailOf(request)};
  if (!request.duplicate_of().empty()) {
    ASSIGN_OR_RETURN(const ledger::State stays,
                     TakeBack(request, state, verdicts, std::move(audit)));
    ASSIGN_OR_RETURN(*response.mutable_decision(), DecisionOf(parts_.ledger, stays));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const ledger::State decided,
                   parts_.enroller.Adjudicate(state.ticket, verdicts, audit, call.deadline));
  ASSIGN_OR_RETURN(*response.mutable_decision(), DecisionOf(parts_.ledger, decided));
  return absl::OkStatus();
}

absl::StatusOr<ledger::State> AdjudicationService::TakeBack(
    const v1::AdjudicateRequest& request, const ledger::State& state,
    const std::vector<ledger::PairVerdict>& verdicts, ledger::AuditRecord audit) const {
  std::string original;
  if (state.decision.kind == ledger::DecisionKind::kDuplicate) {
    ASSIGN_OR_RETURN(const ledger::State of, parts_.ledger.StateOf(state.decision.original));
    original = of.id.value;
  }
  if (original != request.duplicate_of()) {
    return absl::FailedPreconditionError(absl::StrCat("duplicate_of: got ", request.duplicate_of(),
                                                      ", want whom ", state.id.value,
                                                      " is a DUPLICATE of; read the decision"));
  }
  std::vector<Ticket> others;
  others.reserve(verdicts.size());
  for (const ledger::PairVerdict& one : verdicts) others.push_back(one.other);
  absl::StrAppend(&audit.detail, " enrolment_id=", state.id.value, " number=", Number(state.ticket),
                  " duplicate_of=", original);
  return parts_.enroller.writes().Checked(parts_.ledger.Distinguish(state.ticket, others, audit));
}

absl::Status AdjudicationService::CheckNotTaken(const Call& call,
                                                const ledger::State& state) const {
  const absl::StatusOr<ledger::Case> record = parts_.ledger.CaseOf(state.ticket);
  if (absl::IsNotFound(record.status())) return absl::OkStatus();  // not in REVIEW: said later
  RETURN_IF_ERROR(record.status());
  const bool taken = !record->closed && !record->claimed_by.empty() &&
                     record->claimed_by != call.caller && absl::Now() < record->claimed_until;
  if (!taken) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("enrolment_id: got ", state.id.value, ", a case that ", record->claimed_by,
                   " has claimed until ", ToText(record->claimed_until),
                   ", want one that nobody else looks at; take another"));
}

absl::StatusOr<std::vector<ledger::PairVerdict>> AdjudicationService::VerdictsOf(
    const v1::AdjudicateRequest& request, const ledger::State& state) const {
  const auto& candidates = state.decision.candidates;
  google::rpc::BadRequest strangers;
  std::vector<ledger::PairVerdict> verdicts;
  for (int i = 0; i < request.verdicts_size(); ++i) {
    const EnrolmentId id{request.verdicts(i).candidate()};
    const absl::StatusOr<ledger::State> named = parts_.ledger.Find(id);
    const Ticket other = named.ok() ? named->ticket : kNoTicket;
    // Not searched, it has no candidates yet: they turn up when it is adjudicated.
    const bool comes_up =
        std::any_of(candidates.begin(), candidates.end(),
                    [&](const auto& candidate) { return candidate.ticket == other; }) ||
        other == state.decision.original ||
        (!enrolment::WasSearched(state.decision) && other < state.ticket);
    if (!named.ok() || !comes_up) {
      auto* const violation = strangers.add_field_violations();
      violation->set_field(absl::StrCat("verdicts[", i, "].candidate"));
      violation->set_description(absl::StrCat("got ", id.value, ", want a candidate of ",
                                              request.enrolment_id(), "; read the case"));
    }
    const bool same = request.verdicts(i).verdict() == v1::SAME;
    verdicts.push_back({other, same ? ledger::Verdict::kSame : ledger::Verdict::kDifferent});
  }
  if (!strangers.field_violations().empty()) return BadRequestError(strangers);
  return verdicts;
}

grpc::ServerUnaryReactor* AdjudicationService::Merge(grpc::CallbackServerContext* context,
                                                     const v1::MergeRequest* request,
                                                     v1::MergeResponse* response) {
  return RunAdmitted(parts_, context, {}, [this, request, response](const Call& call) {
    return DoMerge(call, *request, *response);
  });
}

absl::Status AdjudicationService::DoMerge(const Call& call, const v1::MergeRequest& request,
                                          v1::MergeResponse& response) const {
  RETURN_IF_ERROR(Validate(request));
  const ledger::AuditRecord audit{
      "MERGE", call.caller, request.reason(),
      absl::StrCat(request.enrolment_id(), " ", request.other_enrolment_id())};
  ASSIGN_OR_RETURN(
      const ledger::State later,
      parts_.enroller.writes().Checked(parts_.ledger.Merge(
          EnrolmentId{request.enrolment_id()}, EnrolmentId{request.other_enrolment_id()}, audit)));
  ASSIGN_OR_RETURN(const ledger::State earlier, parts_.ledger.StateOf(later.parent));
  response.set_merged(later.id.value);
  response.set_into(earlier.id.value);
  return absl::OkStatus();
}

}  // namespace distinct::service
