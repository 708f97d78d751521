#include "engine/service/template_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/service/convert.h"
#include "engine/service/status.h"
#include "engine/service/submission.h"
#include "engine/service/validate.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

absl::Status FacesDisabled() {
  return absl::FailedPreconditionError(
      "position: got FACE, and this server runs without face models; send a finger, or install the "
      "models (GetStatus says how)");
}

}  // namespace

absl::StatusOr<Extraction> TemplateService::ExtractOne(const v1::Sample& sample, Call& call) {
  const Position position = *FromProto(sample.position());
  if (parts_.modalities.For(position) == nullptr) return FacesDisabled();
  const Sample view{position, sample.image(), sample.dpi()};
  ASSIGN_OR_RETURN(auto results, parts_.extraction.Extract(absl::MakeConstSpan(&view, 1), call));
  if (absl::IsInvalidArgument(results[0].status())) {
    google::rpc::BadRequest unreadable;
    auto* const violation = unreadable.add_field_violations();
    violation->set_field("sample");
    violation->set_description(std::string(results[0].status().message()));
    return BadRequestError(unreadable);
  }
  return std::move(results[0]);
}

grpc::ServerUnaryReactor* TemplateService::Extract(grpc::CallbackServerContext* context,
                                                   const v1::ExtractRequest* request,
                                                   v1::ExtractResponse* response) {
  return RunAdmitted(parts_, context,
                     {.request_bytes = request->ByteSizeLong(),
                      .extraction_work = parts_.extraction.WorkOf(request->sample())},
                     [this, request, response](Call& call) -> absl::Status {
                       RETURN_IF_ERROR(Validate(*request));
                       ASSIGN_OR_RETURN(Extraction extraction, ExtractOne(request->sample(), call));
                       v1::Template& features = *response->mutable_template_();
                       features.set_position(ToProto(extraction.features.position));
                       features.set_version(extraction.features.version);
                       features.set_data(std::move(extraction.features.bytes));
                       response->set_quality(extraction.features.quality.value);
                       response->mutable_flags()->Add(extraction.flags.begin(),
                                                      extraction.flags.end());
                       return absl::OkStatus();
                     });
}

grpc::ServerUnaryReactor* TemplateService::AssessQuality(grpc::CallbackServerContext* context,
                                                         const v1::AssessQualityRequest* request,
                                                         v1::AssessQualityResponse* response) {
  return RunAdmitted(
      parts_, context,
      {.request_bytes = request->ByteSizeLong(),
       .extraction_work = parts_.extraction.WorkOf(request->sample())},
      [this, request, response](Call& call) { return DoAssessQuality(call, *request, *response); });
}

absl::Status TemplateService::DoAssessQuality(Call& call, const v1::AssessQualityRequest& request,
                                              v1::AssessQualityResponse& response) {
  RETURN_IF_ERROR(Validate(request));
  if (parts_.modalities.For(*FromProto(request.sample().position())) == nullptr) {
    return FacesDisabled();
  }
  const absl::StatusOr<Extraction> extraction = ExtractOne(request.sample(), call);
  if (absl::IsFailedPrecondition(extraction.status())) {
    // Useless is an answer here, not an error.
    response.set_quality(0);
    response.add_flags("NO_USABLE_SAMPLE");
    response.set_usable(false);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(extraction.status());
  response.set_quality(extraction->features.quality.value);
  response.mutable_flags()->Add(extraction->flags.begin(), extraction->flags.end());
  response.set_usable(true);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* TemplateService::Compare(grpc::CallbackServerContext* context,
                                                   const v1::CompareRequest* request,
                                                   v1::CompareResponse* response) {
  return RunAdmitted(
      parts_, context,
      {.request_bytes = request->ByteSizeLong(),
       .extraction_work = parts_.extraction.WorkOf(request->probe()) +
                          parts_.extraction.WorkOf(request->reference())},
      [this, request, response](Call& call) { return DoCompare(call, *request, *response); });
}

absl::StatusOr<Template> TemplateService::TemplateOf(const v1::Biometrics& biometrics, Call& call) {
  if (biometrics.samples_size() == 1) {
    ASSIGN_OR_RETURN(Extraction extraction, ExtractOne(biometrics.samples(0), call));
    return std::move(extraction.features);
  }
  const v1::Template& features = biometrics.templates(0);
  const Position position = *FromProto(features.position());
  if (parts_.modalities.For(position) == nullptr) return FacesDisabled();
  return Template{position, features.version(), Quality{}, features.data()};
}

absl::Status TemplateService::DoCompare(Call& call, const v1::CompareRequest& request,
                                        v1::CompareResponse& response) {
  RETURN_IF_ERROR(Validate(request, parts_.modalities));
  ASSIGN_OR_RETURN(const Template probe, TemplateOf(request.probe(), call));
  ASSIGN_OR_RETURN(const Template reference, TemplateOf(request.reference(), call));
  const Modality& modality = *parts_.modalities.For(probe.position);
  const Explanation explanation = modality.Prepare(probe.bytes)->Explain(reference.bytes);
  response.set_score(explanation.score.value);
  response.set_llr(modality.Calibrate(explanation.score).value);
  for (const PairedFeature& pair : explanation.pairs) {
    v1::PairedFeature& added = *response.add_pairs();
    added.set_probe_x_px(pair.probe_x_px);
    added.set_probe_y_px(pair.probe_y_px);
    added.set_reference_x_px(pair.reference_x_px);
    added.set_reference_y_px(pair.reference_y_px);
    added.set_share(pair.share);
  }
  return absl::OkStatus();
}

}  // namespace distinct::service
