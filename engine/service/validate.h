// Checks every field of a request before anything is done with it: got, want, next step.
//
// All violations of a request come back together, as BadRequest details (status.h), so that a
// client is mended in one round. What a file contains is not checked here: that is extraction's.
#pragma once

#include "absl/status/status.h"
#include "distinct/v1/adjudication.pb.h"
#include "distinct/v1/enrolment.pb.h"
#include "distinct/v1/gallery.pb.h"
#include "distinct/v1/identification.pb.h"
#include "distinct/v1/maintenance.pb.h"
#include "distinct/v1/template.pb.h"
#include "matchers/modalities.h"

namespace distinct::service {

inline constexpr int kSamplesPerPositionMax = 3;  // types.proto, Biometrics
inline constexpr int kFingersMax = 10;
inline constexpr size_t kEnrolmentIdBytesMax = 128;
inline constexpr size_t kExternalRefBytesMax = 256;
inline constexpr int kMetadataEntriesMax = 32;
inline constexpr size_t kMetadataBytesMax = 256;
inline constexpr size_t kReasonBytesMax = 1024;
inline constexpr size_t kNameBytesMax = 64;  // of a tag or a job

// INVALID_ARGUMENT with all violations, or OK. Templates are checked by their modality; those of a
// modality that is not served pass, as their samples do: the service decides what becomes of them.
absl::Status Validate(const v1::EnrolRequest& request, const Modalities& modalities);
absl::Status Validate(const v1::UpdateRequest& request, const Modalities& modalities);
absl::Status Validate(const v1::IdentifyRequest& request, const Modalities& modalities);
absl::Status Validate(const v1::VerifyRequest& request, const Modalities& modalities);
absl::Status Validate(const v1::ExtractRequest& request);
absl::Status Validate(const v1::AssessQualityRequest& request);
absl::Status Validate(const v1::CompareRequest& request, const Modalities& modalities);
absl::Status Validate(const v1::GetEnrolmentRequest& request);
absl::Status Validate(const v1::WithdrawRequest& request);
absl::Status Validate(const v1::EraseRequest& request);
absl::Status Validate(const v1::ListCasesRequest& request);
absl::Status Validate(const v1::GetCaseRequest& request);
absl::Status Validate(const v1::ClaimCaseRequest& request);
absl::Status Validate(const v1::AdjudicateRequest& request);
absl::Status Validate(const v1::MergeRequest& request);
absl::Status Validate(const v1::ListReferencesRequest& request);
absl::Status Validate(const v1::TagRequest& request);
absl::Status Validate(const v1::UntagRequest& request);
absl::Status Validate(const v1::StartCrossCheckRequest& request);
absl::Status Validate(const v1::WatchCrossCheckRequest& request);
absl::Status Validate(const v1::StopCrossCheckRequest& request);
absl::Status Validate(const v1::GetCrossCheckResultRequest& request);
absl::Status Validate(const v1::SetPolicyRequest& request);
absl::Status Validate(const v1::BeginTemplateVersionRequest& request);
absl::Status Validate(const v1::ReportTemplateVersionRequest& request);
absl::Status Validate(const v1::SwitchTemplateVersionRequest& request);

}  // namespace distinct::service
