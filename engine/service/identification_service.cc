#include "engine/service/identification_service.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/service/convert.h"
#include "engine/service/validate.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

constexpr int kCandidatesDefault = 20;  // identification.proto
// A person's duplicates are candidates of their own and count as one in the answer; this many more
// are asked for, so that they do not crowd others out.
constexpr int kDuplicatesAllowance = 100;
// The gallery follows within milliseconds; one that needs longer is not about to.
constexpr absl::Duration kLagMax = absl::Seconds(10);

// Over all that was answered before this call, or UNAVAILABLE: who was erased must not be found
// again, and a part of the gallery must not pass for the whole.
absl::StatusOr<search::CandidateList> SearchAll(const Parts& parts,
                                                absl::Span<const Template> probe,
                                                search::SearchOptions options) {
  const Ticket head = parts.ledger.head();
  const absl::Time patience = std::min(options.deadline, absl::Now() + kLagMax);
  const absl::Status followed = parts.gallery.WaitForWatermark(head, patience);
  if (!followed.ok()) return absl::UnavailableError(followed.message());
  options.upto = Ticket{Number(head) + 1};
  ASSIGN_OR_RETURN(search::CandidateList list, parts.cascade.Search(probe, options));
  if (list.searched_count == list.gallery_count) return list;
  return absl::UnavailableError(
      absl::StrCat("searched_count: got ", list.searched_count, ", want the gallery's ",
                   list.gallery_count, "; a shard lost records, restart distinctd to rebuild it"));
}

// Nothing is decided here, so findings ask for nothing.
enrolment::SubmissionRules Noting() {
  enrolment::SubmissionRules rules;
  for (const ledger::Check check : ledger::kChecks) {
    rules.policy.Set(check, ledger::FindingAction::kNote);
  }
  return rules;
}

}  // namespace

absl::StatusOr<Submission> IdentificationService::UsableSubmission(const std::string& field,
                                                                   const v1::Biometrics& biometrics,
                                                                   Call& call) {
  ASSIGN_OR_RETURN(Submission submission, MakeSubmission(field, biometrics, parts_.modalities,
                                                         parts_.extraction, Noting(), call));
  RETURN_IF_ERROR(parts_.versions.AddOther(biometrics, false, call, submission.templates));
  if (!submission.templates.empty()) return submission;
  std::string reasons;
  for (const ledger::Finding& finding : submission.findings) {
    absl::StrAppend(&reasons, reasons.empty() ? "" : "\n", finding.text);
  }
  return absl::FailedPreconditionError(
      absl::StrCat(field, ": got no usable sample, want at least one; capture again\n", reasons));
}

grpc::ServerUnaryReactor* IdentificationService::Identify(grpc::CallbackServerContext* context,
                                                          const v1::IdentifyRequest* request,
                                                          v1::IdentifyResponse* response) {
  return RunAdmitted(
      parts_, context,
      {.request_bytes = request->ByteSizeLong(),
       .priority = PriorityOf(request->priority()),
       .extraction_work = parts_.extraction.WorkOf(request->biometrics())},
      [this, request, response](Call& call) { return DoIdentify(call, *request, *response); });
}

absl::Status IdentificationService::DoIdentify(Call& call, const v1::IdentifyRequest& request,
                                               v1::IdentifyResponse& response) {
  const absl::Time start = absl::Now();
  RETURN_IF_ERROR(Validate(request, parts_.modalities));
  RETURN_IF_ERROR(CheckReady(parts_.enroller));
  std::vector<Ticket> members;
  if (!request.tag().empty()) {
    ASSIGN_OR_RETURN(members, parts_.ledger.Tagged(request.tag()));
    std::sort(members.begin(), members.end());
  }
  auto announced = AnnounceSearch(parts_.gallery, call);
  ASSIGN_OR_RETURN(const Submission submission,
                   UsableSubmission("biometrics", request.biometrics(), call));
  RETURN_IF_ERROR(CheckSearchable(submission, parts_.modalities));
  const absl::Time extracted = absl::Now();
  call.permit->ExtractionDone();
  RETURN_IF_ERROR(call.StillWanted());
  const int candidates_max =
      request.candidates_max() == 0 ? kCandidatesDefault : request.candidates_max();
  const PolicyVersion policy = parts_.ledger.policy().version;
  search::SearchOptions options;
  options.candidates_max = candidates_max + kDuplicatesAllowance;
  options.only = request.tag().empty() ? nullptr : &members;
  options.deadline = call.deadline;
  options.priority = call.priority;
  options.announced = announced ? &*announced : nullptr;
  ASSIGN_OR_RETURN(const search::CandidateList list,
                   SearchAll(parts_, submission.templates, options));
  const absl::Time searched = absl::Now();
  RETURN_IF_ERROR(FillCandidates(list.candidates, candidates_max, request.tag().empty(), response));
  response.set_searched_count(list.searched_count);
  response.set_gallery_count(list.gallery_count);
  response.set_policy_version(static_cast<uint32_t>(policy));
  FillFindings(submission.findings, *response.mutable_findings());
  // Recorded before it is answered: a search that left no trace must not have been possible.
  RETURN_IF_ERROR(parts_.enroller.writes().Checked(parts_.ledger.Audit(
      {"IDENTIFY", call.caller, request.purpose(),
       absl::StrCat("candidates=", response.candidates_size(), " searched=", list.searched_count,
                    request.tag().empty() ? "" : " tag=", request.tag())})));
  v1::Timing& timing = *response.mutable_timing();
  timing.set_queue_ms(Milliseconds(call.queue_time));
  timing.set_extract_ms(Milliseconds(submission.extract_time));
  timing.set_search_ms(Milliseconds(searched - extracted));
  timing.set_total_ms(Milliseconds(call.queue_time + (absl::Now() - start)));
  return absl::OkStatus();
}

// `persons`: a record stands for the person it counts for (a DUPLICATE's original, an update's
// subject, whom a person was merged into), who appears once, with the best evidence. Within a tag
// the records themselves are what was asked for.
absl::Status IdentificationService::FillCandidates(const std::vector<search::Candidate>& found,
                                                   int candidates_max, bool persons,
                                                   v1::IdentifyResponse& response) const {
  std::set<Ticket> seen;
  for (const search::Candidate& candidate : found) {
    if (response.candidates_size() == candidates_max) break;
    Ticket shown = candidate.ticket;
    for (Ticket at = shown; persons && at != kNoTicket;) {
      shown = at;
      ASSIGN_OR_RETURN(const ledger::State state, parts_.ledger.StateOf(at));
      at = ledger::CountsFor(state);
    }
    if (!seen.insert(shown).second) continue;
    ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, parts_.ledger.Read(shown));
    v1::Candidate& added = *response.add_candidates();
    added.set_enrolment_id(enrolment.id.value);
    added.set_external_ref(enrolment.external_ref);
    added.set_llr(candidate.llr.value);
    FillEvidence(candidate.positions, *added.mutable_positions());
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* IdentificationService::Verify(grpc::CallbackServerContext* context,
                                                        const v1::VerifyRequest* request,
                                                        v1::VerifyResponse* response) {
  return RunAdmitted(
      parts_, context,
      {.request_bytes = request->ByteSizeLong(),
       .extraction_work = parts_.extraction.WorkOf(request->probe()) +
                          parts_.extraction.WorkOf(request->biometrics())},
      [this, request, response](Call& call) { return DoVerify(call, *request, *response); });
}

absl::Status IdentificationService::DoVerify(Call& call, const v1::VerifyRequest& request,
                                             v1::VerifyResponse& response) {
  RETURN_IF_ERROR(Validate(request, parts_.modalities));
  ASSIGN_OR_RETURN(const std::vector<Template> reference, ReferenceOf(request, call));
  ASSIGN_OR_RETURN(const Submission probe, UsableSubmission("probe", request.probe(), call));
  ASSIGN_OR_RETURN(const search::Candidate candidate,
                   parts_.cascade.Verify(probe.templates, reference));
  const Policy policy = parts_.ledger.policy();
  response.set_match(candidate.llr >= policy.duplicate);
  response.set_llr(candidate.llr.value);
  FillEvidence(candidate.positions, *response.mutable_positions());
  response.set_policy_version(static_cast<uint32_t>(policy.version));
  return parts_.enroller.writes().Checked(parts_.ledger.Audit(
      {"VERIFY", call.caller, request.purpose(),
       request.has_enrolment_id() ? request.enrolment_id() : std::string("samples")}));
}

absl::StatusOr<std::vector<Template>> IdentificationService::ReferenceOf(
    const v1::VerifyRequest& request, Call& call) {
  if (!request.has_enrolment_id()) {
    ASSIGN_OR_RETURN(Submission submission,
                     UsableSubmission("biometrics", request.biometrics(), call));
    return std::move(submission.templates);
  }
  const std::string& id = request.enrolment_id();
  ASSIGN_OR_RETURN(const ledger::State state, parts_.ledger.Find(EnrolmentId{id}));
  ASSIGN_OR_RETURN(ledger::Enrolment enrolment, parts_.ledger.Read(state.ticket));
  if (state.closed_at != kNoTicket || enrolment.templates.empty()) {
    return absl::NotFoundError(absl::StrCat(
        "enrolment_id: got ", id, ", which ",
        state.closed_at != kNoTicket ? "was erased" : "was refused without a usable sample",
        ", want an enrolment with templates; enrol the person again"));
  }
  // An accepted update has replaced what a person was enrolled with.
  if (state.decision.kind == ledger::DecisionKind::kUnique) {
    return parts_.ledger.TemplatesOfPerson(state.ticket);
  }
  return std::move(enrolment.templates);
}

}  // namespace distinct::service
