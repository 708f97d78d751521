// Requests as they come off the wire, edited by their structure: whatever passes validation keeps
// the limits that the rest of the service relies on, and what does not is told what to mend.
#include <map>
#include <string_view>

#include "engine/service/validate.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/text_format.h"
#include "matchers/check.h"
#include "tests/fuzz/harness.h"
#include "tests/fuzz/request_edits.h"

namespace distinct::fuzz {
namespace {

constexpr int kEditsMax = 12;

// Fingers only: face models are no part of a fuzzer.
const Modalities& Fingers() {
  static const auto* modalities = new Modalities(*Modalities::Create(std::nullopt));
  return *modalities;
}

// Of a probe or an enrolment. Of a face nothing is known here.
void CheckLimits(const v1::Biometrics& biometrics) {
  std::map<int, int> of_position;
  for (const auto& sample : biometrics.samples()) {
    CHECK(sample.has_position() && !sample.image().empty());
    ++of_position[sample.position()];
  }
  for (const auto& features : biometrics.templates()) {
    CHECK(features.has_position());
    ++of_position[features.position()];
  }
  for (const auto& [position, count] : of_position) {
    CHECK(PositionFromNumber(position).has_value());
    CHECK(count <= service::kSamplesPerPositionMax);
  }
  CHECK(!of_position.empty());
}

void CheckId(const std::string& id) {
  CHECK(!id.empty() && id.size() <= service::kEnrolmentIdBytesMax);
}

template <typename Request>
void CheckPassed(const Request& request) {
  if constexpr (
      requires { request.enrolment_id(); } && !requires { request.probe(); }) {
    CheckId(request.enrolment_id());
  }
  if constexpr (requires { request.update_of(); }) CheckId(request.update_of());
  if constexpr (requires { request.case_id(); }) {
    if (!request.case_id().empty()) CheckId(request.case_id());
    CHECK(request.case_id() != request.enrolment_id());
  }
  if constexpr (requires { request.samples_of(); }) {
    if (!request.samples_of().empty()) CheckId(request.samples_of());
  }
  if constexpr (
      requires { request.biometrics(); } && !requires { request.probe(); }) {
    CheckLimits(request.biometrics());
  }
  if constexpr (requires { request.probe(); }) CheckLimits(request.probe());
  if constexpr (requires { request.reason(); }) {
    CHECK(!request.reason().empty() && request.reason().size() <= service::kReasonBytesMax);
  }
}

template <typename Request>
void Run(const char* honest, Choices& choices) {
  const auto validate = [](const Request& request) {
    if constexpr (requires { service::Validate(request, Fingers()); }) {
      return service::Validate(request, Fingers());
    } else {
      return service::Validate(request);
    }
  };
  Request request;
  CHECK(google::protobuf::TextFormat::ParseFromString(honest, &request));
  CHECK(validate(request).ok());
  for (int i = 0; i < kEditsMax && choices.left(); ++i) Edit(choices, request);
  // As a client would send it. What is no UTF-8 does not come through.
  Request received;
  if (!received.ParseFromString(request.SerializeAsString())) return;
  const absl::Status status = validate(received);
  if (status.ok()) {
    CheckPassed(received);
  } else {
    CHECK(absl::IsInvalidArgument(status));
    CHECK(status.message().find("want") != std::string_view::npos);
  }
}

#define SAMPLE "{ position: RIGHT_INDEX image: 'P5 1 1 255 x' dpi: 500 }"
#define BIOMETRICS "biometrics { samples " SAMPLE " }"

struct Method {
  void (*run)(const char* honest, Choices& choices);
  const char* honest;
};

// An honest request of each method of the API that takes one.
constexpr Method kMethods[] = {
    {Run<v1::EnrolRequest>, "enrolment_id: 'e-1' external_ref: 'r-1' " BIOMETRICS
                            " missing { position: LEFT_LITTLE reason: AMPUTATED }"
                            " metadata { key: 'station' value: '17' } case_id: 'e-0'"},
    {Run<v1::UpdateRequest>, "enrolment_id: 'u-1' update_of: 'e-1' " BIOMETRICS},
    {Run<v1::IdentifyRequest>, "purpose: 'lost card' " BIOMETRICS},
    {Run<v1::VerifyRequest>,
     "enrolment_id: 'e-1' purpose: 'lost card' probe { samples " SAMPLE " }"},
    {Run<v1::ExtractRequest>, "sample " SAMPLE},
    {Run<v1::AssessQualityRequest>, "sample " SAMPLE},
    {Run<v1::CompareRequest>, "probe { samples " SAMPLE " } reference { samples " SAMPLE " }"},
    {Run<v1::GetEnrolmentRequest>, "enrolment_id: 'e-1'"},
    {Run<v1::WithdrawRequest>, "enrolment_id: 'e-1' reason: 'captured by mistake'"},
    {Run<v1::EraseRequest>, "enrolment_id: 'e-1' reason: 'court order'"},
    {Run<v1::ListCasesRequest>, "page_size: 10"},
    {Run<v1::GetCaseRequest>, "enrolment_id: 'e-2' samples_of: 'e-1'"},
    {Run<v1::ClaimCaseRequest>, "enrolment_id: 'e-1'"},
    {Run<v1::AdjudicateRequest>,
     "enrolment_id: 'e-2' verdicts { candidate: 'e-1' verdict: SAME } reason: 'scar'"},
    {Run<v1::MergeRequest>, "enrolment_id: 'e-1' other_enrolment_id: 'e-2' reason: 'one person'"},
    {Run<v1::ListReferencesRequest>, "page_size: 10 kinds: UNIQUE tag: 'camp-3'"},
    {Run<v1::TagRequest>, "enrolment_id: 'e-1' tag: 'camp-3'"},
    {Run<v1::UntagRequest>, "enrolment_id: 'e-1' tag: 'camp-3'"},
    {Run<v1::StartCrossCheckRequest>, "job: 'j-1' tag: 'camp-3' llr_min: 6.9"},
    {Run<v1::WatchCrossCheckRequest>, "job: 'j-1'"},
    {Run<v1::StopCrossCheckRequest>, "job: 'j-1'"},
    {Run<v1::GetCrossCheckResultRequest>, "job: 'j-1' page_size: 10"},
    {Run<v1::BeginTemplateVersionRequest>, "modality: 'finger' version: 4 reason: 'new network'"},
    {Run<v1::ReportTemplateVersionRequest>, "pairs_max: 10"},
    {Run<v1::SwitchTemplateVersionRequest>,
     "modality: 'finger' version: 4 staying_max: 3 reason: 'report of May'"},
    {Run<v1::SetPolicyRequest>, "llr_duplicate: 14 llr_review: 7 reason: 'more people'"},
};

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (size_t method = 0; method < std::size(kMethods); ++method) {
    // The first edits nothing; the others are the choices that damage makes into any.
    seeds.push_back(std::string(1, static_cast<char>(method)));
    seeds.push_back(seeds.back() + std::string(80, '\x2a'));
  }
  return seeds;
}

}  // namespace distinct::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using distinct::fuzz::kMethods;
  if (size == 0) return 0;
  google::protobuf::SetLogHandler(nullptr);  // it would tell of every string that is no UTF-8
  distinct::fuzz::Choices choices({data + 1, size - 1});
  const auto& method = kMethods[data[0] % std::size(kMethods)];
  method.run(method.honest, choices);
  return 0;
}
