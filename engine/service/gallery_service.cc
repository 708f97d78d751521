#include "engine/service/gallery_service.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/service/convert.h"
#include "engine/service/status.h"
#include "engine/service/validate.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

constexpr int kListPageDefault = 100;     // gallery.proto
constexpr int kResultPageDefault = 1000;  // gallery.proto
constexpr int kStatesAtATime = 1000;      // read from the ledger while a page fills
constexpr absl::Duration kProgressInterval = absl::Seconds(1);  // gallery.proto

// Of the process, from the second number of /proc/self/statm (proc(5)): resident pages.
uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total_pages = 0, resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t TokenNumber(const std::string& token) {
  uint64_t number = 0;
  static_cast<void>(absl::SimpleAtoi(token, &number));  // validated; empty: the first page
  return number;
}

bool Wanted(const v1::ListReferencesRequest& request, v1::DecisionKind kind) {
  return request.kinds().empty() ||
         std::find(request.kinds().begin(), request.kinds().end(), kind) != request.kinds().end();
}

void FillPolicy(const ledger::PolicyRecord& record, v1::Policy& out) {
  out.set_version(static_cast<uint32_t>(record.policy.version));
  out.set_llr_duplicate(record.policy.duplicate.value);
  out.set_llr_review(record.policy.review.value);
  if (record.number == kNoTicket) return;  // nobody set the first
  out.set_number(Number(record.number));
  out.set_caller(record.caller);
  out.set_reason(record.reason);
  out.set_set_at(ToText(record.set_at));
}

}  // namespace

grpc::ServerUnaryReactor* GalleryService::GetStatus(grpc::CallbackServerContext* context,
                                                    const v1::GetStatusRequest*,
                                                    v1::GetStatusResponse* response) {
  return RunOn(parts_.reads, context, [this, response](const Call&) {
    FillStatus(*response);
    return absl::OkStatus();
  });
}

void GalleryService::FillStatus(v1::GetStatusResponse& response) const {
  response.set_ready(parts_.enroller.caught_up() && parts_.enroller.status().ok());
  const auto [next, head] = parts_.enroller.progress();
  response.set_followed(Number(next) - 1);
  response.set_head(Number(head));
  const ledger::Counts counts = parts_.ledger.counts();
  auto& references = *response.mutable_references();
  references.set_unique(counts.unique);
  references.set_duplicate(counts.duplicate);
  references.set_review(counts.review);
  references.set_open(counts.open);
  references.set_refused(counts.refused);
  references.set_withdrawn(counts.withdrawn);
  references.set_erased(counts.erased);
  references.set_accepted(counts.accepted);
  auto& bytes = *response.mutable_bytes();
  bytes.set_gallery(parts_.gallery.bytes());
  bytes.set_ledger(parts_.ledger.bytes_on_disk());
  bytes.set_resident(ResidentBytes());
  auto& load = *response.mutable_load();
  load.set_refused_online(parts_.call_counts.refused_online);
  load.set_refused_batch(parts_.call_counts.refused_batch);
  load.set_abandoned(parts_.call_counts.abandoned);
  load.set_samples_extracted(parts_.extraction.extracted());
  FillModalities(response);
  response.set_cpu_level(fixed_.cpu_level);
  response.set_cpu_model(fixed_.cpu_model);
  response.set_shards(static_cast<int32_t>(parts_.gallery.shards()));
  response.set_version(fixed_.version);
  const Policy policy = parts_.ledger.policy();
  response.set_policy_version(static_cast<uint32_t>(policy.version));
  response.set_llr_duplicate(policy.duplicate.value);
  response.set_llr_review(policy.review.value);
}

void GalleryService::FillModalities(v1::GetStatusResponse& response) const {
  for (const auto& modality : parts_.modalities.all()) {
    auto& added = *response.add_modalities();
    added.set_name(std::string(modality->name()));
    added.set_enabled(true);
    added.set_template_version(modality->template_version());
    for (const std::string& model : modality->models()) added.add_models(model);
  }
  if (parts_.modalities.For(Position::kFace) == nullptr) {
    auto& face = *response.add_modalities();
    face.set_name("face");
    face.set_enabled(false);
    face.set_reason(fixed_.faces_disabled_reason);
  }
}

grpc::ServerUnaryReactor* GalleryService::ListReferences(grpc::CallbackServerContext* context,
                                                         const v1::ListReferencesRequest* request,
                                                         v1::ListReferencesResponse* response) {
  return RunOn(parts_.reads, context, [this, request, response](const Call&) {
    return DoListReferences(*request, *response);
  });
}

absl::StatusOr<std::vector<ledger::State>> GalleryService::NextStates(const std::string& tag,
                                                                      Ticket after) const {
  if (tag.empty()) return parts_.ledger.List(after, kStatesAtATime);
  ASSIGN_OR_RETURN(std::vector<Ticket> members, parts_.ledger.Tagged(tag));
  std::sort(members.begin(), members.end());
  const auto begin = std::upper_bound(members.begin(), members.end(), after);
  const auto count = std::min<std::ptrdiff_t>(members.end() - begin, kStatesAtATime);
  return parts_.ledger.StatesOf(std::vector<Ticket>(begin, begin + count));
}

absl::Status GalleryService::DoListReferences(const v1::ListReferencesRequest& request,
                                              v1::ListReferencesResponse& response) const {
  RETURN_IF_ERROR(Validate(request));
  const int page = request.page_size() == 0 ? kListPageDefault : request.page_size();
  Ticket after{TokenNumber(request.page_token())};
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ledger::State> states, NextStates(request.tag(), after));
    if (states.empty()) return absl::OkStatus();  // the last page: no token
    for (const ledger::State& state : states) {
      if (Wanted(request, ToProto(state.decision.kind))) {
        if (response.references_size() == page) {
          response.set_next_page_token(absl::StrCat(Number(after)));
          return absl::OkStatus();
        }
        ASSIGN_OR_RETURN(*response.add_references(), ReferenceOf(state));
      }
      after = state.ticket;
    }
  }
}

absl::StatusOr<v1::Reference> GalleryService::ReferenceOf(const ledger::State& state) const {
  ASSIGN_OR_RETURN(const ledger::Enrolment enrolment, parts_.ledger.Read(state.ticket));
  ASSIGN_OR_RETURN(const std::vector<std::string> tags, parts_.ledger.TagsOf(state.ticket));
  v1::Reference reference;
  reference.set_enrolment_id(state.id.value);
  reference.set_external_ref(enrolment.external_ref);
  reference.set_number(Number(state.ticket));
  reference.set_kind(ToProto(state.decision.kind));
  if (state.decision.original != kNoTicket) {
    ASSIGN_OR_RETURN(*reference.mutable_duplicate_of(), IdOf(state.decision.original));
  }
  if (state.subject != kNoTicket) {
    ASSIGN_OR_RETURN(*reference.mutable_update_of(), IdOf(state.subject));
  }
  if (enrolment.case_ticket != kNoTicket) {
    ASSIGN_OR_RETURN(*reference.mutable_case_id(), IdOf(enrolment.case_ticket));
  }
  if (state.parent != kNoTicket) {
    ASSIGN_OR_RETURN(*reference.mutable_merged_into(), IdOf(state.parent));
  }
  reference.set_erased(state.closed_at != kNoTicket);
  reference.mutable_tags()->Add(tags.begin(), tags.end());
  return reference;
}

absl::StatusOr<std::string> GalleryService::IdOf(Ticket ticket) const {
  ASSIGN_OR_RETURN(const ledger::State state, parts_.ledger.StateOf(ticket));
  return state.id.value;
}

grpc::ServerUnaryReactor* GalleryService::Tag(grpc::CallbackServerContext* context,
                                              const v1::TagRequest* request, v1::TagResponse*) {
  return RunAdmitted(parts_, context, {}, [this, request](const Call&) -> absl::Status {
    RETURN_IF_ERROR(Validate(*request));
    return parts_.enroller.writes().Checked(
        parts_.ledger.Tag(EnrolmentId{request->enrolment_id()}, request->tag()));
  });
}

grpc::ServerUnaryReactor* GalleryService::Untag(grpc::CallbackServerContext* context,
                                                const v1::UntagRequest* request,
                                                v1::UntagResponse*) {
  return RunAdmitted(parts_, context, {}, [this, request](const Call&) -> absl::Status {
    RETURN_IF_ERROR(Validate(*request));
    return parts_.enroller.writes().Checked(
        parts_.ledger.Untag(EnrolmentId{request->enrolment_id()}, request->tag()));
  });
}

grpc::ServerUnaryReactor* GalleryService::StartCrossCheck(grpc::CallbackServerContext* context,
                                                          const v1::StartCrossCheckRequest* request,
                                                          v1::StartCrossCheckResponse* response) {
  return RunAdmitted(
      parts_, context, {}, [this, request, response](const Call& call) -> absl::Status {
        RETURN_IF_ERROR(Validate(*request));
        RETURN_IF_ERROR(CheckReady(parts_.enroller));
        ASSIGN_OR_RETURN(const bool resumed, jobs_.Start(*request));
        response->set_job(request->job());
        response->set_resumed(resumed);
        return parts_.enroller.writes().Checked(parts_.ledger.Audit(
            {"CROSSCHECK", call.caller, absl::StrCat("job ", request->job()),
             absl::StrCat("tag=", request->tag(), " against=", request->against())}));
      });
}

grpc::ServerWriteReactor<v1::CrossCheckProgress>* GalleryService::WatchCrossCheck(
    grpc::CallbackServerContext* context, const v1::WatchCrossCheckRequest* request) {
  static_cast<void>(context);
  using Stream = ServerStream<v1::CrossCheckProgress>;
  const absl::Status valid = Validate(*request);
  if (!valid.ok()) return Stream::Refuse(parts_.reads, valid);
  auto source = [this, job = request->job(), next = absl::InfinitePast()]() mutable {
    StreamBatch<v1::CrossCheckProgress> batch;
    const absl::StatusOr<v1::CrossCheckProgress> progress = jobs_.ProgressOf(job);
    if (!progress.ok()) {
      batch.end = progress.status();
      return batch;
    }
    const bool running = progress->phase() == v1::CrossCheckProgress::RUNNING;
    const absl::Time now = absl::Now();
    if (running && now < next) return batch;
    next = now + kProgressInterval;
    batch.messages.push_back(*progress);
    if (!running) batch.end = absl::OkStatus();
    return batch;
  };
  return Stream::Start(parts_.streams, parts_.reads, std::move(source));
}

grpc::ServerUnaryReactor* GalleryService::StopCrossCheck(grpc::CallbackServerContext* context,
                                                         const v1::StopCrossCheckRequest* request,
                                                         v1::StopCrossCheckResponse*) {
  return RunOn(parts_.reads, context, [this, request](const Call&) -> absl::Status {
    RETURN_IF_ERROR(Validate(*request));
    return jobs_.Stop(request->job());
  });
}

grpc::ServerUnaryReactor* GalleryService::GetCrossCheckResult(
    grpc::CallbackServerContext* context, const v1::GetCrossCheckResultRequest* request,
    v1::GetCrossCheckResultResponse* response) {
  return RunAdmitted(parts_, context, {}, [this, request, response](const Call&) {
    return DoGetCrossCheckResult(*request, *response);
  });
}

absl::Status GalleryService::DoGetCrossCheckResult(const v1::GetCrossCheckResultRequest& request,
                                                   v1::GetCrossCheckResultResponse& response) {
  RETURN_IF_ERROR(Validate(request));
  ASSIGN_OR_RETURN(const auto result, jobs_.ResultOf(request.job()));
  ASSIGN_OR_RETURN(const v1::CrossCheckProgress progress, jobs_.ProgressOf(request.job()));
  const auto page =
      static_cast<size_t>(request.page_size() == 0 ? kResultPageDefault : request.page_size());
  const size_t begin = std::min<size_t>(TokenNumber(request.page_token()), result->pairs.size());
  const size_t end = std::min(begin + page, result->pairs.size());
  response.set_pairs_compared(result->pairs_compared);
  response.set_pairs_total(result->pairs.size());
  response.set_policy_version(progress.policy_version());
  response.set_seconds(absl::ToDoubleSeconds(result->elapsed));
  for (size_t i = begin; i < end; ++i) {
    const crosscheck::Pair& pair = result->pairs[i];
    v1::CrossCheckPair& added = *response.add_pairs();
    ASSIGN_OR_RETURN(*added.mutable_a(), IdOf(pair.a));
    ASSIGN_OR_RETURN(*added.mutable_b(), IdOf(pair.b));
    added.set_llr(pair.llr.value);
  }
  if (end < result->pairs.size()) response.set_next_page_token(absl::StrCat(end));
  if (begin > 0) return absl::OkStatus();
  for (const std::vector<Ticket>& cluster : result->clusters) {
    v1::CrossCheckCluster& added = *response.add_clusters();
    for (const Ticket ticket : cluster) {
      ASSIGN_OR_RETURN(*added.add_enrolment_ids(), IdOf(ticket));
    }
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* GalleryService::SetPolicy(grpc::CallbackServerContext* context,
                                                    const v1::SetPolicyRequest* request,
                                                    v1::SetPolicyResponse* response) {
  const auto set = [this, request, response](const Call& call) -> absl::Status {
    RETURN_IF_ERROR(Validate(*request));
    Policy policy;
    policy.duplicate.value = static_cast<float>(request->llr_duplicate());
    policy.review.value = static_cast<float>(request->llr_review());
    ASSIGN_OR_RETURN(const ledger::PolicyRecord record,
                     parts_.enroller.writes().Checked(parts_.ledger.SetPolicy(
                         policy, {"POLICY", call.caller, request->reason(), ""})));
    FillPolicy(record, *response->mutable_policy());
    return absl::OkStatus();
  };
  return RunOn(parts_.workers, context, set);
}

grpc::ServerUnaryReactor* GalleryService::ListPolicies(grpc::CallbackServerContext* context,
                                                       const v1::ListPoliciesRequest*,
                                                       v1::ListPoliciesResponse* response) {
  return RunOn(parts_.reads, context, [this, response](const Call&) {
    for (const ledger::PolicyRecord& record : *parts_.ledger.policies()) {
      FillPolicy(record, *response->add_policies());
    }
    return absl::OkStatus();
  });
}

}  // namespace distinct::service
