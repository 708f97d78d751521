// What a careless or hostile client may send to a running server: each gets a clear answer, and
// nothing of it is stored.
#include <gmock/gmock.h>

#include <random>

#include "tests/engine/service/town_fixture.h"

namespace distinct::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BadInputTest : public TownTest {
 protected:
  grpc::Status EnrolImage(const std::string& image, v1::Decision& decision,
                          v1::Position position = v1::RIGHT_THUMB) {
    v1::Biometrics biometrics;
    v1::Sample* const sample = biometrics.add_samples();
    sample->set_position(position);
    sample->set_image(image);
    return Enrol(Enrolment("bad", biometrics), decision);
  }
  void ExpectNothingStored() {
    grpc::ClientContext context;
    v1::GetEnrolmentRequest request;
    request.set_enrolment_id("bad");
    v1::GetEnrolmentResponse response;
    EXPECT_EQ(enrolment_->GetEnrolment(&context, request, &response).error_code(),
              grpc::StatusCode::NOT_FOUND);
  }
  void ExpectUnreadable(const std::string& image) {
    v1::Decision decision;
    const grpc::Status status = EnrolImage(image, decision);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_THAT(BadFields(status), ElementsAre("biometrics.samples[0]"));
    EXPECT_THAT(status.error_message(), HasSubstr("want"));
    ExpectNothingStored();
  }
};

std::string Print() { return Prints(0, 0).samples(0).image(); }

TEST_F(BadInputTest, TruncatedFiles) {
  const std::string whole = Print();
  for (const size_t bytes : {size_t{1}, size_t{20}, whole.size() / 2, whole.size() - 1}) {
    SCOPED_TRACE(bytes);
    ExpectUnreadable(whole.substr(0, bytes));
  }
}

TEST_F(BadInputTest, RandomFiles) {
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    std::string bytes(static_cast<size_t>(1 + 997 * i), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    ExpectUnreadable(bytes);
  }
}

TEST_F(BadInputTest, AThirtyThousandPixelPicture) {
  // A PGM header says its size; the pixels need not be there to be refused.
  ExpectUnreadable("P5 30000 30000 255\n" + std::string(1000, '\x80'));
}

TEST_F(BadInputTest, AOnePixelPictureIsRefusedWithoutAUsableSample) {
  v1::Decision decision;
  const grpc::Status status = EnrolImage(std::string("P5 1 1 255\n\x80", 12), decision);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(decision.kind(), v1::REFUSED);
  std::vector<std::string> codes;
  for (const auto& finding : decision.findings()) codes.push_back(finding.code());
  EXPECT_THAT(codes, ElementsAre("SAMPLE_UNUSABLE", "NO_USABLE_SAMPLE"));
  EXPECT_THAT(decision.findings(0).text(), HasSubstr("RIGHT_THUMB (biometrics.samples[0]): "));
  v1::Decision again;
  ASSERT_TRUE(EnrolImage(std::string("P5 1 1 255\n\x80", 12), again).ok());
  EXPECT_EQ(decision.SerializeAsString(), again.SerializeAsString());
}

TEST_F(BadInputTest, OneUnusableSampleIsAFindingBesideTheOthers) {
  v1::Biometrics prints = Prints(0, 0);
  prints.mutable_samples(1)->set_image("P5 300 300 255\n" + std::string(90'000, '\xff'));
  const v1::Decision decision = Enrolled("ada", prints);
  EXPECT_EQ(decision.kind(), v1::UNIQUE);
  ASSERT_EQ(decision.findings_size(), 1);
  EXPECT_EQ(decision.findings(0).code(), "SAMPLE_UNUSABLE");
}

TEST_F(BadInputTest, FacesWithoutModelsAreLeftOutAndSaidSo) {
  v1::Biometrics prints = Prints(0, 0);
  v1::Sample* const face = prints.add_samples();
  face->set_position(v1::FACE);
  face->set_image(Print());
  const v1::Decision decision = Enrolled("ada", prints);
  EXPECT_EQ(decision.kind(), v1::UNIQUE);
  ASSERT_EQ(decision.findings_size(), 1);
  EXPECT_EQ(decision.findings(0).code(), "FACES_DISABLED");

  v1::Decision none;
  const grpc::Status status = EnrolImage(Print(), none, v1::FACE);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("send fingers, or install the models"));
  ExpectNothingStored();
}

TEST_F(BadInputTest, EmptySubmissionsPositionsAndCounts) {
  v1::Decision decision;
  EXPECT_THAT(BadFields(Enrol(Enrolment("bad", {}), decision)), ElementsAre("biometrics"));

  v1::Biometrics eleven;
  for (int position = 0; position <= 10; ++position) {
    v1::Sample* const sample = eleven.add_samples();
    sample->set_position(static_cast<v1::Position>(position));
    sample->set_image(Print());
  }
  EXPECT_THAT(BadFields(Enrol(Enrolment("bad", eleven), decision)), ElementsAre("biometrics"));

  v1::Biometrics four;
  for (int i = 0; i < 4; ++i) *four.add_samples() = Prints(0, 0).samples(0);
  EXPECT_THAT(BadFields(Enrol(Enrolment("bad", four), decision)), ElementsAre("biometrics"));

  v1::Biometrics unknown = Prints(0, 0);
  unknown.mutable_samples(1)->set_position(static_cast<v1::Position>(42));
  EXPECT_THAT(BadFields(Enrol(Enrolment("bad", unknown), decision)),
              ElementsAre("biometrics.samples[1].position"));
  ExpectNothingStored();
}

TEST_F(BadInputTest, AHundredMegabyteMessage) {
  v1::Decision decision;
  const grpc::Status status = EnrolImage(std::string(100'000'000, 'x'), decision);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("larger than max"));
  EXPECT_THAT(status.error_message(), HasSubstr("67108864"));
  ExpectNothingStored();
}

TEST_F(BadInputTest, MorePixelsThanACallMayHave) {
  // Five pictures of 40 million pixels each, compressed by nothing: PGM files of one header.
  v1::Biometrics biometrics;
  for (int position = 1; position <= 5; ++position) {
    v1::Sample* const sample = biometrics.add_samples();
    sample->set_position(static_cast<v1::Position>(position));
    sample->set_image("P5 8000 5000 255\n");
  }
  v1::Decision decision;
  const grpc::Status status = Enrol(Enrolment("bad", biometrics), decision);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_THAT(status.error_message(), HasSubstr("200000000 pixels"));
  ExpectNothingStored();
}

}  // namespace
}  // namespace distinct::service
