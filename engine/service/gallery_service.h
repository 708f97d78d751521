// GalleryService of gallery.proto: status, lists, tags, cross-checks and policies.
#pragma once

#include <string>

#include "distinct/v1/gallery.grpc.pb.h"
#include "engine/service/call.h"
#include "engine/service/crosscheck_jobs.h"
#include "engine/service/parts.h"

namespace distinct::service {

// Status that never changes while the server runs.
struct FixedStatus {
  std::string version;
  std::string cpu_level;
  std::string cpu_model;
  std::string faces_disabled_reason;  // empty if faces are enabled
};

// Thread-safe.
class GalleryService final : public v1::GalleryService::CallbackService {
 public:
  // `jobs` must outlive the service.
  GalleryService(const Parts& parts, CrossCheckJobs& jobs, FixedStatus fixed)
      : parts_(parts), jobs_(jobs), fixed_(std::move(fixed)) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* ListReferences(grpc::CallbackServerContext* context,
                                           const v1::ListReferencesRequest* request,
                                           v1::ListReferencesResponse* response) override;
  grpc::ServerUnaryReactor* Tag(grpc::CallbackServerContext* context, const v1::TagRequest* request,
                                v1::TagResponse* response) override;
  grpc::ServerUnaryReactor* Untag(grpc::CallbackServerContext* context,
                                  const v1::UntagRequest* request,
                                  v1::UntagResponse* response) override;
  grpc::ServerUnaryReactor* StartCrossCheck(grpc::CallbackServerContext* context,
                                            const v1::StartCrossCheckRequest* request,
                                            v1::StartCrossCheckResponse* response) override;
  grpc::ServerWriteReactor<v1::CrossCheckProgress>* WatchCrossCheck(
      grpc::CallbackServerContext* context, const v1::WatchCrossCheckRequest* request) override;
  grpc::ServerUnaryReactor* StopCrossCheck(grpc::CallbackServerContext* context,
                                           const v1::StopCrossCheckRequest* request,
                                           v1::StopCrossCheckResponse* response) override;
  grpc::ServerUnaryReactor* GetCrossCheckResult(grpc::CallbackServerContext* context,
                                                const v1::GetCrossCheckResultRequest* request,
                                                v1::GetCrossCheckResultResponse* response) override;
  grpc::ServerUnaryReactor* SetPolicy(grpc::CallbackServerContext* context,
                                      const v1::SetPolicyRequest* request,
                                      v1::SetPolicyResponse* response) override;
  grpc::ServerUnaryReactor* ListPolicies(grpc::CallbackServerContext* context,
                                         const v1::ListPoliciesRequest* request,
                                         v1::ListPoliciesResponse* response) override;

 private:
  void FillStatus(v1::GetStatusResponse& response) const;
  void FillModalities(v1::GetStatusResponse& response) const;
  absl::Status DoListReferences(const v1::ListReferencesRequest& request,
                                v1::ListReferencesResponse& response) const;
  // The next states of the list after `after`; empty at its end.
  absl::StatusOr<std::vector<ledger::State>> NextStates(const std::string& tag, Ticket after) const;
  absl::StatusOr<v1::Reference> ReferenceOf(const ledger::State& state) const;
  absl::Status DoGetCrossCheckResult(const v1::GetCrossCheckResultRequest& request,
                                     v1::GetCrossCheckResultResponse& response);
  absl::StatusOr<std::string> IdOf(Ticket ticket) const;

  const Parts parts_;
  CrossCheckJobs& jobs_;
  const FixedStatus fixed_;
};

}  // namespace distinct::service
