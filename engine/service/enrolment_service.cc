#include "engine/service/enrolment_service.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/service/convert.h"
#include "engine/service/submission.h"
#include "engine/service/validate.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

// Events read from the ledger at a time for one watcher; each is under a kilobyte.
constexpr int kFeedBatch = 128;

// The same request, the same bytes: map entries are sorted, which plain serialisation leaves open.
std::string CanonicalContent(const v1::EnrolRequest& request) {
  std::string content;
  {
    google::protobuf::io::StringOutputStream stream(&content);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return content;
}

ledger::Enrolment MakeEnrolment(const Call& call, const v1::EnrolRequest& request,
                                Submission submission) {
  ledger::Enrolment enrolment;
  enrolment.id = EnrolmentId{request.enrolment_id()};
  enrolment.external_ref = request.external_ref();
  enrolment.templates = std::move(submission.templates);
  enrolment.findings = std::move(submission.findings);
  for (const v1::MissingPosition& missing : request.missing()) {
    enrolment.missing.push_back(
        {*FromProto(missing.position()), std::string(ReasonName(missing.reason()))});
  }
  enrolment.metadata.insert(request.metadata().begin(), request.metadata().end());
  enrolment.caller = call.caller;
  return enrolment;
}

}  // namespace

grpc::ServerUnaryReactor* EnrolmentService::Enrol(grpc::CallbackServerContext* context,
                                                  const v1::EnrolRequest* request,
                                                  v1::EnrolResponse* response) {
  // Admitted on arrival, so that what waits for a worker counts as queued work.
  absl::StatusOr<enrolment::Permit> permit = Admit(*request);
  if (!permit.ok()) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(permit.status()));
    return reactor;
  }
  const auto held = std::make_shared<enrolment::Permit>(*std::move(permit));
  return RunOn(parts_.workers, context, request->ByteSizeLong(),
               [this, request, response, held](const Call& call) {
                 return DoEnrol(call, *request, *held, *response);
               });
}

// Who repeats a stored enrolment waits for its decision, not for room: looked up only when there is
// none, so that a new one costs no read.
absl::StatusOr<enrolment::Permit> EnrolmentService::Admit(const v1::EnrolRequest& request) {
  absl::StatusOr<enrolment::Permit> permit =
      parts_.admission.Admit(ExtractionWork(request.biometrics()));
  if (permit.ok()) return permit;
  if (!parts_.ledger.Find(EnrolmentId{request.enrolment_id()}).ok()) return permit;
  return parts_.admission.AdmitStored();
}

absl::Status EnrolmentService::DoEnrol(const Call& call, const v1::EnrolRequest& request,
                                       enrolment::Permit& permit, v1::EnrolResponse& response) {
  const absl::Time start = absl::Now();
  RETURN_IF_ERROR(Validate(request, parts_.modalities));
  const std::string content = CanonicalContent(request);
  ASSIGN_OR_RETURN(std::optional<Stored> stored, FindStored(request, content));
  enrolment::EnrolOutcome outcome;
  absl::Duration extract_time;
  if (stored && stored->state.decision.kind != ledger::DecisionKind::kOpen) {
    outcome.state = std::move(stored->state);
  } else {
    RETURN_IF_ERROR(CheckReady(parts_.enroller));
    if (!stored) {
      ASSIGN_OR_RETURN(Submission submission, MakeSubmission("biometrics", request.biometrics(),
                                                             parts_.modalities, parts_.extraction));
      RETURN_IF_ERROR(CheckSearchable(submission, parts_.modalities));
      extract_time = submission.extract_time;
      stored.emplace();
      stored->enrolment = MakeEnrolment(call, request, std::move(submission));
    }
    permit.ExtractionDone();
    ASSIGN_OR_RETURN(outcome,
                     parts_.enroller.Enrol(std::move(stored->enrolment), content, call.deadline));
  }
  ASSIGN_OR_RETURN(*response.mutable_decision(), DecisionOf(parts_.ledger, outcome.state));
  v1::Timing& timing = *response.mutable_timing();
  timing.set_queue_ms(Milliseconds(call.queue_time));
  timing.set_extract_ms(Milliseconds(extract_time));
  timing.set_append_ms(Milliseconds(outcome.append_time));
  timing.set_search_ms(Milliseconds(outcome.search_time));
  timing.set_decide_ms(Milliseconds(outcome.decide_time));
  timing.set_total_ms(Milliseconds(call.queue_time + (absl::Now() - start)));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<EnrolmentService::Stored>> EnrolmentService::FindStored(
    const v1::EnrolRequest& request, const std::string& content) const {
  auto state = parts_.ledger.Find(EnrolmentId{request.enrolment_id()});
  if (absl::IsNotFound(state.status())) return std::nullopt;
  RETURN_IF_ERROR(state.status());
  ASSIGN_OR_RETURN(ledger::Enrolment enrolment, parts_.ledger.Read(state->ticket));
  if (enrolment.digest != parts_.ledger.Digest(content)) {
    return absl::AlreadyExistsError(
        absl::StrCat("enrolment_id: got ", request.enrolment_id(),
                     " with other content than enrolment number ", Number(state->ticket),
                     ", want the same content or a new id; send the first request again, "
                     "or choose another enrolment_id"));
  }
  return Stored{*std::move(state), std::move(enrolment)};
}

grpc::ServerUnaryReactor* EnrolmentService::GetEnrolment(grpc::CallbackServerContext* context,
                                                         const v1::GetEnrolmentRequest* request,
                                                         v1::GetEnrolmentResponse* response) {
  return RunOn(parts_.reads, context, 0, [this, request, response](const Call&) -> absl::Status {
    RETURN_IF_ERROR(Validate(*request));
    ASSIGN_OR_RETURN(const ledger::State state,
                     parts_.ledger.Find(EnrolmentId{request->enrolment_id()}));
    ASSIGN_OR_RETURN(*response->mutable_decision(), DecisionOf(parts_.ledger, state));
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::WatchDecisionsResponse>* EnrolmentService::WatchDecisions(
    grpc::CallbackServerContext* context, const v1::WatchDecisionsRequest* request) {
  static_cast<void>(context);
  using Stream = ServerStream<v1::WatchDecisionsResponse>;
  FeedSequence after{request->after_sequence()};
  const FeedSequence last = parts_.ledger.WaitFeedBeyond(after, absl::ZeroDuration());
  if (after > last) {
    // To wait for it would leave out every event until then: the caller was in step with another
    // store, or with a later state of this one.
    return Stream::Refuse(
        parts_.reads,
        absl::OutOfRangeError(absl::StrCat(
            "after_sequence: got ", request->after_sequence(), ", want at most ",
            static_cast<uint64_t>(last),
            ", the last event of this store; check which store the sequence is from")));
  }
  return Stream::Start(parts_.streams, parts_.reads,
                       [this, after]() mutable { return FeedBatch(after); });
}

StreamBatch<v1::WatchDecisionsResponse> EnrolmentService::FeedBatch(FeedSequence& after) const {
  StreamBatch<v1::WatchDecisionsResponse> batch;
  const auto events = parts_.ledger.Feed(after, kFeedBatch);
  if (!events.ok()) {
    batch.end = events.status();
    return batch;
  }
  for (const ledger::FeedEvent& event : *events) {
    v1::WatchDecisionsResponse message;
    message.set_sequence(static_cast<uint64_t>(event.sequence));
    message.set_event(event.kind == ledger::EventKind::kErased
                          ? v1::WatchDecisionsResponse::ERASED
                          : v1::WatchDecisionsResponse::DECIDED);
    auto decision = DecisionOf(parts_.ledger, event.state);
    if (!decision.ok()) {
      batch.end = decision.status();
      return batch;
    }
    *message.mutable_decision() = *std::move(decision);
    batch.messages.push_back(std::move(message));
    after = event.sequence;
  }
  return batch;
}

grpc::ServerUnaryReactor* EnrolmentService::Erase(grpc::CallbackServerContext* context,
                                                  const v1::EraseRequest* request,
                                                  v1::EraseResponse* response) {
  return RunOn(parts_.workers, context, 0, [this, request, response](const Call& call) {
    return DoErase(call, *request, *response);
  });
}

absl::Status EnrolmentService::DoErase(const Call& call, const v1::EraseRequest& request,
                                       v1::EraseResponse& response) {
  RETURN_IF_ERROR(Validate(request));
  const ledger::AuditRecord audit{"ERASE", call.caller, request.reason(), request.enrolment_id()};
  ASSIGN_OR_RETURN(const ledger::EraseResult result,
                   parts_.enroller.writes().Checked(
                       parts_.ledger.Erase(EnrolmentId{request.enrolment_id()}, audit)));
  response.set_erased(!result.closed.empty());
  response.set_number(Number(result.number));
  return absl::OkStatus();
}

}  // namespace distinct::service
