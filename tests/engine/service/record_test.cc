// People of whom a registry kept minutiae and no image: they can be verified, and nobody is
// enrolled or searched for by what nobody could be found by.
#include "matchers/finger/record.h"

#include <gmock/gmock.h>

#include "tests/engine/service/town_fixture.h"

namespace distinct::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RecordTest : public TownTest {
 protected:
  v1::Biometrics Extracted(const v1::Biometrics& samples, std::vector<std::string>* flags) {
    v1::Biometrics templates;
    for (const v1::Sample& sample : samples.samples()) {
      grpc::ClientContext context;
      v1::ExtractRequest request;
      *request.mutable_sample() = sample;
      v1::ExtractResponse response;
      EXPECT_TRUE(templates_->Extract(&context, request, &response).ok());
      *templates.add_templates() = response.template_();
      flags->insert(flags->end(), response.flags().begin(), response.flags().end());
    }
    return templates;
  }
  // The prints as a registry keeps them that has no images.
  v1::Biometrics Records(const v1::Biometrics& prints) {
    std::vector<std::string> flags;
    const v1::Biometrics extracted = Extracted(prints, &flags);
    v1::Biometrics records;
    for (const v1::Template& features : extracted.templates()) {
      v1::Sample& sample = *records.add_samples();
      sample.set_position(features.position());
      sample.set_image(
          finger::WriteRecord(features.data(), static_cast<Position>(features.position())));
    }
    return records;
  }
  grpc::Status Verify(const v1::Biometrics& probe, const v1::Biometrics& reference,
                      v1::VerifyResponse& response) {
    grpc::ClientContext context;
    v1::VerifyRequest request;
    request.set_purpose("desk 3");
    *request.mutable_probe() = probe;
    if (reference.samples().empty()) {
      request.set_enrolment_id("ada");
    } else {
      *request.mutable_biometrics() = reference;
    }
    return identification_->Verify(&context, request, &response);
  }
};

TEST_F(RecordTest, EnrolsAndFindsNobodyAndSaysWhatToSend) {
  const v1::Biometrics records = Records(Prints(0, 0));
  std::vector<std::string> flags;
  const v1::Biometrics templates = Extracted(records, &flags);
  EXPECT_THAT(flags, ElementsAre("TEMPLATE_ONLY", "TEMPLATE_ONLY"));

  v1::Decision decision;
  grpc::Status status = Enrol(Enrolment("ada", records), decision);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("send the image of the finger"));
  EXPECT_THAT(BadFields(status), ElementsAre("biometrics.samples[0]", "biometrics.samples[1]"));
  // Nor by the template that was made of it, nor beside an image.
  v1::Biometrics mixed = templates;
  *mixed.add_samples() = Prints(0, 0).samples(0);
  status = Enrol(Enrolment("ada", mixed), decision);
  EXPECT_THAT(BadFields(status), ElementsAre("biometrics.templates[0]", "biometrics.templates[1]"));

  grpc::ClientContext context;
  v1::IdentifyRequest identify;
  *identify.mutable_biometrics() = records;
  identify.set_purpose("test");
  v1::IdentifyResponse found;
  status = identification_->Identify(&context, identify, &found);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);

  grpc::ClientContext other;
  v1::GetEnrolmentRequest get;
  get.set_enrolment_id("ada");
  v1::GetEnrolmentResponse got;
  EXPECT_EQ(enrolment_->GetEnrolment(&other, get, &got).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(RecordTest, VerifiesAgainstImagesEitherWay) {
  Enrolled("ada", Prints(0, 0));
  v1::VerifyResponse response;
  ASSERT_TRUE(Verify(Records(Prints(0, 1)), {}, response).ok());
  EXPECT_TRUE(response.match());
  ASSERT_TRUE(Verify(Records(Prints(1, 1)), {}, response).ok());
  EXPECT_FALSE(response.match());
  EXPECT_LT(response.llr(), 0);
  ASSERT_TRUE(Verify(Prints(0, 1), Records(Prints(0, 0)), response).ok());
  EXPECT_TRUE(response.match());
  ASSERT_TRUE(Verify(Prints(1, 1), Records(Prints(0, 0)), response).ok());
  EXPECT_FALSE(response.match());
}

}  // namespace
}  // namespace distinct::service
