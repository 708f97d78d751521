// EnrolmentService of enrolment.proto: validate, one call into the engine, proto.
#pragma once

#include "distinct/v1/enrolment.grpc.pb.h"
#include "engine/service/call.h"
#include "engine/service/parts.h"

namespace distinct::service {

// Thread-safe.
class EnrolmentService final : public v1::EnrolmentService::CallbackService {
 public:
  explicit EnrolmentService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* Enrol(grpc::CallbackServerContext* context,
                                  const v1::EnrolRequest* request,
                                  v1::EnrolResponse* response) override;
  grpc::ServerUnaryReactor* GetEnrolment(grpc::CallbackServerContext* context,
                                         const v1::GetEnrolmentRequest* request,
                                         v1::GetEnrolmentResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchDecisionsResponse>* WatchDecisions(
      grpc::CallbackServerContext* context, const v1::WatchDecisionsRequest* request) override;
  grpc::ServerUnaryReactor* Erase(grpc::CallbackServerContext* context,
                                  const v1::EraseRequest* request,
                                  v1::EraseResponse* response) override;

 private:
  absl::StatusOr<enrolment::Permit> Admit(const v1::EnrolRequest& request);
  absl::Status DoEnrol(const Call& call, const v1::EnrolRequest& request, enrolment::Permit& permit,
                       v1::EnrolResponse& response);
  absl::Status DoErase(const Call& call, const v1::EraseRequest& request,
                       v1::EraseResponse& response);
  struct Stored {
    ledger::State state;
    ledger::Enrolment enrolment;
  };
  // What was stored under the request's id, if anything. ALREADY_EXISTS: it has other content.
  absl::StatusOr<std::optional<Stored>> FindStored(const v1::EnrolRequest& request,
                                                   const std::string& content) const;
  StreamBatch<v1::WatchDecisionsResponse> FeedBatch(FeedSequence& after) const;

  const Parts parts_;
};

}  // namespace distinct::service
