#include "engine/service/enrolment_service.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
std::string CanonicalBytes(const google::protobuf::MessageLite& request) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return bytes;
}

// What the idempotency digest covers: all but the priority, so that a batch's enrolment may be
// repeated online.
template <typename Request>
std::string DigestedBytes(const Request& request) {
  if (request.priority() == v1::ONLINE) return CanonicalBytes(request);  // ONLINE has no bytes
  Request without = request;
  without.clear_priority();
  return CanonicalBytes(without);
}

std::vector<ledger::MissingPosition> MissingOf(
    const google::protobuf::RepeatedPtrField<v1::MissingPosition>& missing) {
  std::vector<ledger::MissingPosition> out;
  for (const v1::MissingPosition& one : missing) {
    out.push_back({*FromProto(one.position()), std::string(ReasonName(one.reason()))});
  }
  return out;
}

std::map<std::string, std::string> MetadataOf(
    const google::protobuf::Map<std::string, std::string>& metadata) {
  return {metadata.begin(), metadata.end()};
}

v1::WatchDecisionsResponse::Event EventToProto(ledger::EventKind kind) {
  switch (kind) {
    case ledger::EventKind::kDecided:
      return v1::WatchDecisionsResponse::DECIDED;
    case ledger::EventKind::kErased:
      return v1::WatchDecisionsResponse::ERASED;
    case ledger::EventKind::kAdjudicated:
      return v1::WatchDecisionsResponse::ADJUDICATED;
    case ledger::EventKind::kMerged:
      return v1::WatchDecisionsResponse::MERGED;
    case ledger::EventKind::kWithdrawn:
      return v1::WatchDecisionsResponse::TAKEN_BACK;
  }
  return v1::WatchDecisionsResponse::EVENT_UNSPECIFIED;
}

// Those that a modality serves; null if there are none.
std::shared_ptr<const ledger::KeptSamples> SamplesOf(const v1::Biometrics& biometrics,
                                                     const Modalities& modalities) {
  ledger::KeptSamples samples;
  for (const v1::Sample& sample : biometrics.samples()) {
    const std::optional<Position> position = FromProto(sample.position());
    if (!position || modalities.For(*position) == nullptr) continue;
    samples.push_back({*position, sample.dpi(), sample.image()});
  }
  if (samples.empty()) return nullptr;
  return std::make_shared<const ledger::KeptSamples>(std::move(samples));
}

}  // namespace

EnrolmentService::Content EnrolmentService::ContentOf(const v1::EnrolRequest& request) {
  return {request.enrolment_id(), {},
          request.case_id(),      request.external_ref(),
          request.biometrics(),   request.missing(),
          request.metadata(),     DigestedBytes(request)};
}

// An EnrolRequest's bytes begin with its first field's tag, so that no update has an enrolment's.
EnrolmentService::Content EnrolmentService::ContentOf(const v1::UpdateRequest& request) {
  return {request.enrolment_id(),
          request.update_of(),
          {},
          request.external_ref(),
          request.biometrics(),
          request.missing(),
          request.metadata(),
          absl::StrCat("update ", DigestedBytes(request))};
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* EnrolmentService::Submit(grpc::CallbackServerContext* context,
                                                   const Request* request, Response* response) {
  // Admitted on arrival, so that what waits for a worker counts as queued work. Who repeats a
  // stored enrolment waits for its decision, not for room.
  return RunAdmitted(parts_, context,
                     {.request_bytes = request->ByteSizeLong(),
                      .priority = PriorityOf(request->priority()),
                      .extraction_work = parts_.extraction.WorkOf(request->biometrics()),
                      .appends = true,
                      .repeats =
                          [this, request] {
                            return parts_.ledger.Find(EnrolmentId{request->enrolment_id()}).ok();
                          }},
                     [this, request, response](Call& call) -> absl::Status {
                       RETURN_IF_ERROR(Validate(*request, parts_.modalities));
                       return DoSubmit(call, ContentOf(*request), *response->mutable_decision(),
                                       *response->mutable_timing());
                     });
}

grpc::ServerUnaryReactor* EnrolmentService::Enrol(grpc::CallbackServerContext* context,
                                                  const v1::EnrolRequest* request,
                                                  v1::EnrolResponse* response) {
  return Submit(context, request, response);
}

grpc::ServerUnaryReactor* EnrolmentService::Update(grpc::CallbackServerContext* context,
                                                   const v1::UpdateRequest* request,
                                                   v1::UpdateResponse* response) {
  return Submit(context, request, response);
}

absl::Status EnrolmentService::DoSubmit(Call& call, const Content& content, v1::Decision& decision,
                                        v1::Timing& timing) {
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(std::optional<Stored> stored, FindStored(content));
  enrolment::EnrolOutcome outcome;
  absl::Duration extract_time;
  std::optional<gallery::Announcement> announced;
  if (stored && stored->state.decision.kind != ledger::DecisionKind::kOpen) {
    outcome.state = std::move(stored->state);
  } else {
    RETURN_IF_ERROR(CheckReady(parts_.enroller));
    if (!stored) {
      stored.emplace();
      announced = AnnounceSearch(parts_.gallery, call);
      ASSIGN_OR_RETURN(stored->enrolment, MakeEnrolment(call, content, extract_time));
      RETURN_IF_ERROR(call.StillWanted());
    }
    call.permit->ExtractionDone();
    ASSIGN_OR_RETURN(outcome, parts_.enroller.Enrol(std::move(stored->enrolment), content.bytes,
                                                    {call.deadline, call.priority,
                                                     announced ? &*announced : nullptr}));
  }
  ASSIGN_OR_RETURN(decision, DecisionOf(parts_.ledger, outcome.state));
  timing.set_queue_ms(Milliseconds(call.queue_time));
  timing.set_extract_ms(Milliseconds(extract_time));
  timing.set_append_ms(Milliseconds(outcome.append_time));
  timing.set_search_ms(Milliseconds(outcome.search_time));
  timing.set_decide_ms(Milliseconds(outcome.decide_time));
  timing.set_total_ms(Milliseconds(call.queue_time + (absl::Now() - start)));
  return absl::OkStatus();
}

absl::Status EnrolmentService::FindNamed(const Content& content,
                                         ledger::Enrolment& enrolment) const {
  if (!content.update_of.empty()) {
    const auto person = parts_.ledger.Find(EnrolmentId{content.update_of});
    if (absl::IsNotFound(person.status())) {
      return absl::NotFoundError(absl::StrCat("update_of: got ", content.update_of,
                                              ", want an enrolled person; check the id, or enrol"));
    }
    RETURN_IF_ERROR(person.status());
    enrolment.subject = person->ticket;
  }
  if (!content.case_id.empty()) {
    const auto record = parts_.ledger.Find(EnrolmentId{content.case_id});
    if (absl::IsNotFound(record.status())) {
      return absl::NotFoundError(absl::StrCat(
          "case_id: got ", content.case_id,
          ", want an earlier record of the person; check the id, or enrol without it"));
    }
    RETURN_IF_ERROR(record.status());
    enrolment.case_ticket = record->ticket;
  }
  return absl::OkStatus();
}

absl::StatusOr<ledger::Enrolment> EnrolmentService::MakeEnrolment(Call& call,
                                                                  const Content& content,
                                                                  absl::Duration& extract_time) {
  ledger::Enrolment enrolment;
  RETURN_IF_ERROR(FindNamed(content, enrolment));
  ASSIGN_OR_RETURN(Submission submission,
                   MakeSubmission("biometrics", content.biometrics, parts_.modalities,
                                  parts_.extraction, parts_.rules, call));
  RETURN_IF_ERROR(CheckSearchable(submission, parts_.modalities));
  extract_time = submission.extract_time;
  enrolment.id = EnrolmentId{content.id};
  enrolment.external_ref = content.external_ref;
  enrolment.templates = std::move(submission.templates);
  for (Template& features : enrolment.templates) {
    features.bytes = parts_.modalities.For(features.position)->KeepVector(features.bytes);
  }
  RETURN_IF_ERROR(parts_.versions.AddOther(content.biometrics, true, call, enrolment.templates));
  if (parts_.keep_samples) enrolment.samples = SamplesOf(content.biometrics, parts_.modalities);
  enrolment.findings = std::move(submission.findings);
  enrolment.finding_policy = parts_.rules.policy;
  for (const int i : submission.used_samples) {
    const v1::Sample& sample = content.biometrics.samples(i);
    enrolment.images.push_back(
        {*FromProto(sample.position()), parts_.ledger.DigestOfImage(sample.image())});
  }
  enrolment.missing = MissingOf(content.missing);
  enrolment.metadata = MetadataOf(content.metadata);
  enrolment.caller = call.caller;
  return enrolment;
}

absl::StatusOr<std::optional<EnrolmentService::Stored>> EnrolmentService::FindStored(
    const Content& content) const {
  auto state = parts_.ledger.Find(EnrolmentId{content.id});
  if (absl::IsNotFound(state.status())) return std::nullopt;
  RETURN_IF_ERROR(state.status());
  ASSIGN_OR_RETURN(ledger::Enrolment enrolment, parts_.ledger.Read(state->ticket));
  if (enrolment.digest != parts_.ledger.Digest(content.bytes)) {
    ASSIGN_OR_RETURN(const std::string difference, Difference(content, enrolment));
    return absl::AlreadyExistsError(
        absl::StrCat("enrolment_id: got ", content.id, " with other ", difference, " than number ",
                     Number(state->ticket),
                     ", want the same content or a new id; send the first request again, "
                     "or choose another enrolment_id"));
  }
  return Stored{*std::move(state), std::move(enrolment)};
}

// Samples are not kept: they differ where nothing else does.
absl::StatusOr<std::string> EnrolmentService::Difference(const Content& content,
                                                         const ledger::Enrolment& stored) const {
  std::vector<std::string> parts;
  const auto id_of = [this](Ticket ticket) -> absl::StatusOr<std::string> {
    if (ticket == kNoTicket) return "";
    ASSIGN_OR_RETURN(const ledger::State state, parts_.ledger.StateOf(ticket));
    return state.id.value;
  };
  ASSIGN_OR_RETURN(const std::string update_of, id_of(stored.subject));
  ASSIGN_OR_RETURN(const std::string case_id, id_of(stored.case_ticket));
  if (content.update_of != update_of) parts.push_back("update_of");
  if (content.case_id != case_id) parts.push_back("case_id");
  if (content.external_ref != stored.external_ref) parts.push_back("external_ref");
  if (MissingOf(content.missing) != stored.missing) parts.push_back("missing");
  if (MetadataOf(content.metadata) != stored.metadata) parts.push_back("metadata");
  return parts.empty() ? "biometrics" : absl::StrJoin(parts, ", ");
}

grpc::ServerUnaryReactor* EnrolmentService::GetEnrolment(grpc::CallbackServerContext* context,
                                                         const v1::GetEnrolmentRequest* request,
                                                         v1::GetEnrolmentResponse* response) {
  return RunOn(parts_.reads, context, [this, request, response](const Call&) -> absl::Status {
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
    message.set_event(EventToProto(event.kind));
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

grpc::ServerUnaryReactor* EnrolmentService::Withdraw(grpc::CallbackServerContext* context,
                                                     const v1::WithdrawRequest* request,
                                                     v1::WithdrawResponse* response) {
  return RunAdmitted(parts_, context, {}, [this, request, response](const Call& call) {
    return DoWithdraw(call, *request, *response);
  });
}

absl::Status EnrolmentService::DoWithdraw(const Call& call, const v1::WithdrawRequest& request,
                                          v1::WithdrawResponse& response) {
  RETURN_IF_ERROR(Validate(request));
  const ledger::AuditRecord audit{"WITHDRAW", call.caller, request.reason(),
                                  request.enrolment_id()};
  ASSIGN_OR_RETURN(const ledger::EraseResult result,
                   parts_.enroller.writes().Checked(
                       parts_.ledger.Withdraw(EnrolmentId{request.enrolment_id()}, audit)));
  response.set_withdrawn(!result.closed.empty());
  response.set_number(Number(result.number));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* EnrolmentService::Erase(grpc::CallbackServerContext* context,
                                                  const v1::EraseRequest* request,
                                                  v1::EraseResponse* response) {
  return RunAdmitted(parts_, context, {}, [this, request, response](const Call& call) {
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
