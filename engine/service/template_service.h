// TemplateService of template.proto: templates and scores, nothing stored.
#pragma once

#include "distinct/v1/template.grpc.pb.h"
#include "engine/service/call.h"
#include "engine/service/parts.h"

namespace distinct::service {

// Thread-safe.
class TemplateService final : public v1::TemplateService::CallbackService {
 public:
  explicit TemplateService(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* Extract(grpc::CallbackServerContext* context,
                                    const v1::ExtractRequest* request,
                                    v1::ExtractResponse* response) override;
  grpc::ServerUnaryReactor* AssessQuality(grpc::CallbackServerContext* context,
                                          const v1::AssessQualityRequest* request,
                                          v1::AssessQualityResponse* response) override;
  grpc::ServerUnaryReactor* Compare(grpc::CallbackServerContext* context,
                                    const v1::CompareRequest* request,
                                    v1::CompareResponse* response) override;

 private:
  absl::Status DoAssessQuality(Call& call, const v1::AssessQualityRequest& request,
                               v1::AssessQualityResponse& response);
  absl::Status DoCompare(Call& call, const v1::CompareRequest& request,
                         v1::CompareResponse& response);
  absl::StatusOr<Extraction> ExtractOne(const v1::Sample& sample, Call& call);
  absl::StatusOr<Template> TemplateOf(const v1::Biometrics& biometrics, Call& call);

  const Parts parts_;
};

}  // namespace distinct::service
