// Requests as they come off the wire: whatever passes validation keeps the limits that the rest of
// the service relies on.
#include <map>
#include <string_view>

#include "distinct/v1/enrolment.pb.h"
#include "distinct/v1/identification.pb.h"
#include "engine/service/validate.h"
#include "matchers/check.h"
#include "tests/fuzz/harness.h"

namespace distinct::fuzz {
namespace {

// Fingers only: face models are no part of a fuzzer.
const Modalities& Fingers() {
  static const auto* modalities = new Modalities(*Modalities::Create(std::nullopt));
  return *modalities;
}

void CheckBiometrics(const v1::Biometrics& biometrics) {
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

v1::EnrolRequest Enrol() {
  v1::EnrolRequest request;
  request.set_enrolment_id("e-1");
  request.set_external_ref("r-1");
  auto* sample = request.mutable_biometrics()->add_samples();
  sample->set_position(v1::RIGHT_INDEX);
  sample->set_image("P5 1 1 255 x");
  sample->set_dpi(500);
  auto* missing = request.add_missing();
  missing->set_position(v1::LEFT_LITTLE);
  missing->set_reason(v1::MissingPosition::AMPUTATED);
  (*request.mutable_metadata())["station"] = "17";
  return request;
}

v1::IdentifyRequest Identify() {
  v1::IdentifyRequest request;
  *request.mutable_biometrics() = Enrol().biometrics();
  request.set_purpose("lost card");
  return request;
}

}  // namespace

std::vector<std::string> Seeds() {
  CHECK(service::Validate(Enrol(), Fingers()).ok());
  return {'\0' + Enrol().SerializeAsString(), '\1' + Identify().SerializeAsString()};
}

}  // namespace distinct::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace v1 = distinct::v1;
  if (size == 0) return 0;
  const auto bytes = static_cast<int>(size - 1);
  v1::EnrolRequest enrol;
  if (data[0] % 2 == 0 && enrol.ParseFromArray(data + 1, bytes) &&
      distinct::service::Validate(enrol, distinct::fuzz::Fingers()).ok()) {
    CHECK(!enrol.enrolment_id().empty());
    CHECK(enrol.enrolment_id().size() <= distinct::service::kEnrolmentIdBytesMax);
    distinct::fuzz::CheckBiometrics(enrol.biometrics());
  }
  v1::IdentifyRequest identify;
  if (data[0] % 2 == 1 && identify.ParseFromArray(data + 1, bytes) &&
      distinct::service::Validate(identify, distinct::fuzz::Fingers()).ok()) {
    distinct::fuzz::CheckBiometrics(identify.biometrics());
  }
  return 0;
}
