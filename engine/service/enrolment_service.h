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
  grpc::ServerUnaryReactor* Update(grpc::CallbackServerContext* context,
                                   const v1::UpdateRequest* request,
                                   v1::UpdateResponse* response) override;
  grpc::ServerUnaryReactor* Withdraw(grpc::CallbackServerContext* context,
                                     const v1::WithdrawRequest* request,
                                     v1::WithdrawResponse* response) override;
  grpc::ServerUnaryReactor* Erase(grpc::CallbackServerContext* context,
                                  const v1::EraseRequest* request,
                                  v1::EraseResponse* response) override;

 private:
  // Enrol and Update, which differ in whom they are of.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const Request* request,
                                   Response* response);
  // What a request brings, apart from its type. Refers to the request, which must outlive it.
  struct Content {
    const std::string& id;
    std::string update_of;  // empty: an enrolment
    std::string case_id;    // of an enrolment, or empty
    const std::string& external_ref;
    const v1::Biometrics& biometrics;
    const google::protobuf::RepeatedPtrField<v1::MissingPosition>& missing;
    const google::protobuf::Map<std::string, std::string>& metadata;
    std::string bytes;  // what the idempotency digest covers
  };
  static Content ContentOf(const v1::EnrolRequest& request);
  static Content ContentOf(const v1::UpdateRequest& request);
  absl::Status DoSubmit(Call& call, const Content& content, v1::Decision& decision,
                        v1::Timing& timing);
  // Sets the numbers of whom the enrolment is of, and whose case it carries on. NOT_FOUND: nobody.
  absl::Status FindNamed(const Content& content, ledger::Enrolment& enrolment) const;
  absl::StatusOr<ledger::Enrolment> MakeEnrolment(Call& call, const Content& content,
                                                  absl::Duration& extract_time);
  absl::Status DoWithdraw(const Call& call, const v1::WithdrawRequest& request,
                          v1::WithdrawResponse& response);
  absl::Status DoErase(const Call& call, const v1::EraseRequest& request,
                       v1::EraseResponse& response);
  struct Stored {
    ledger::State state;
    ledger::Enrolment enrolment;
  };
  // What was stored under the request's id, if anything. ALREADY_EXISTS: it has other content.
  absl::StatusOr<std::optional<Stored>> FindStored(const Content& content) const;
  // What of the content differs, for people.
  absl::StatusOr<std::string> Difference(const Content& content,
                                         const ledger::Enrolment& stored) const;
  StreamBatch<v1::WatchDecisionsResponse> FeedBatch(FeedSequence& after) const;

  const Parts parts_;
};

}  // namespace distinct::service
