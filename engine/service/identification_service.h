// IdentificationService of identification.proto: searches and comparisons that enrol nobody.
#pragma once

#include "distinct/v1/identification.grpc.pb.h"
#include "engine/service/call.h"
#include "engine/service/parts.h"
#include "engine/service/submission.h"

namespace distinct::service {

// Thread-safe.
class IdentificationService final : public v1::IdentificationService::CallbackService {
 public:
  explicit IdentificationService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* Identify(grpc::CallbackServerContext* context,
                                     const v1::IdentifyRequest* request,
                                     v1::IdentifyResponse* response) override;
  grpc::ServerUnaryReactor* Verify(grpc::CallbackServerContext* context,
                                   const v1::VerifyRequest* request,
                                   v1::VerifyResponse* response) override;

 private:
  absl::Status DoIdentify(Call& call, const v1::IdentifyRequest& request,
                          v1::IdentifyResponse& response);
  absl::Status DoVerify(Call& call, const v1::VerifyRequest& request, v1::VerifyResponse& response);
  // FAILED_PRECONDITION if no sample is usable; the message says why of each.
  absl::StatusOr<Submission> UsableSubmission(const std::string& field,
                                              const v1::Biometrics& biometrics, Call& call);
  absl::StatusOr<std::vector<Template>> ReferenceOf(const v1::VerifyRequest& request, Call& call);
  absl::Status FillCandidates(const std::vector<search::Candidate>& found, int candidates_max,
                              bool persons, v1::IdentifyResponse& response) const;

  const Parts parts_;
};

}  // namespace distinct::service
