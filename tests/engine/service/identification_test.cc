#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/engine/service/town_fixture.h"

namespace distinct::service {
namespace {

class IdentificationTest : public TownTest {
 protected:
  grpc::Status Identify(const v1::IdentifyRequest& request, v1::IdentifyResponse& response) {
    grpc::ClientContext context;
    return identification_->Identify(&context, request, &response);
  }
  grpc::Status Verify(const v1::VerifyRequest& request, v1::VerifyResponse& response) {
    grpc::ClientContext context;
    return identification_->Verify(&context, request, &response);
  }
};

v1::IdentifyRequest Probe(const v1::Biometrics& biometrics) {
  v1::IdentifyRequest request;
  *request.mutable_biometrics() = biometrics;
  request.set_purpose("test");
  return request;
}

TEST_F(IdentificationTest, FindsThePersonOnceWhateverTheNumberOfTheirRecords) {
  Enrolled("ada", Prints(0, 0));
  Enrolled("bea", Prints(1, 0));
  ASSERT_EQ(Enrolled("ada-2", Prints(0, 1)).kind(), v1::DUPLICATE);
  v1::IdentifyResponse response;
  ASSERT_TRUE(Identify(Probe(Prints(0, 2)), response).ok());
  ASSERT_GE(response.candidates_size(), 1);
  EXPECT_EQ(response.candidates(0).enrolment_id(), "ada");
  EXPECT_GE(response.candidates(0).positions_size(), 1);
  for (int i = 1; i < response.candidates_size(); ++i) {
    EXPECT_NE(response.candidates(i).enrolment_id(), "ada");
  }
  EXPECT_EQ(response.searched_count(), response.gallery_count());
  EXPECT_EQ(response.gallery_count(), 3);
}

TEST_F(IdentificationTest, ATagNarrowsTheSearch) {
  Enrolled("ada", Prints(0, 0));
  Enrolled("bea", Prints(1, 0));
  v1::TagRequest tag;
  tag.set_enrolment_id("bea");
  tag.set_tag("district-7");
  grpc::ClientContext context;
  v1::TagResponse tagged;
  ASSERT_TRUE(gallery_->Tag(&context, tag, &tagged).ok());
  v1::IdentifyRequest request = Probe(Prints(0, 1));
  request.set_tag("district-7");
  v1::IdentifyResponse response;
  ASSERT_TRUE(Identify(request, response).ok());
  ASSERT_EQ(response.candidates_size(), 1);
  EXPECT_EQ(response.candidates(0).enrolment_id(), "bea");
  EXPECT_EQ(response.gallery_count(), 1);
}

TEST_F(IdentificationTest, SeesWhatWasAnsweredBefore) {
  const v1::Biometrics templates = Extracted(Prints(0, 0));
  for (int i = 0; i < 100; ++i) {
    const std::string id = absl::StrCat("ada-", i);
    ASSERT_EQ(Enrolled(id, templates).kind(), v1::UNIQUE);
    v1::IdentifyResponse found, gone;
    ASSERT_TRUE(Identify(Probe(templates), found).ok());
    ASSERT_EQ(found.candidates_size(), 1) << i;
    EXPECT_EQ(found.candidates(0).enrolment_id(), id);
    Erase(id);
    ASSERT_TRUE(Identify(Probe(templates), gone).ok());
    ASSERT_EQ(gone.candidates_size(), 0) << i;
  }
}

TEST_F(IdentificationTest, VerifiesAgainstAnEnrolmentOrOtherSamples) {
  Enrolled("ada", Prints(0, 0));
  v1::VerifyRequest request;
  request.set_purpose("desk 3");
  request.set_enrolment_id("ada");
  *request.mutable_probe() = Prints(0, 1);
  v1::VerifyResponse response;
  ASSERT_TRUE(Verify(request, response).ok());
  EXPECT_TRUE(response.match());
  EXPECT_EQ(response.positions_size(), 2);

  *request.mutable_probe() = Prints(1, 1);
  ASSERT_TRUE(Verify(request, response).ok());
  EXPECT_FALSE(response.match());

  *request.mutable_biometrics() = Prints(1, 0);
  ASSERT_TRUE(Verify(request, response).ok());
  EXPECT_TRUE(response.match());

  request.set_enrolment_id("nobody");
  EXPECT_EQ(Verify(request, response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(IdentificationTest, TemplatesStandForSamples) {
  Enrolled("ada", Prints(0, 0));
  v1::IdentifyResponse by_template, by_sample;
  ASSERT_TRUE(Identify(Probe(Extracted(Prints(0, 1))), by_template).ok());
  ASSERT_TRUE(Identify(Probe(Prints(0, 1)), by_sample).ok());
  ASSERT_GE(by_template.candidates_size(), 1);
  EXPECT_EQ(by_template.candidates(0).SerializeAsString(),
            by_sample.candidates(0).SerializeAsString());
}

TEST_F(IdentificationTest, ComparisonIsExplainedByPairsWhoseSharesSumToOne) {
  grpc::ClientContext context;
  v1::CompareRequest request;
  *request.mutable_probe()->add_samples() = Prints(0, 0).samples(0);
  *request.mutable_reference()->add_samples() = Prints(0, 1).samples(0);
  v1::CompareResponse response;
  ASSERT_TRUE(templates_->Compare(&context, request, &response).ok());
  EXPECT_GT(response.llr(), 0);
  ASSERT_GT(response.pairs_size(), 0);
  float shares = 0;
  for (const auto& pair : response.pairs()) shares += pair.share();
  EXPECT_NEAR(shares, 1, 1e-3);
}

}  // namespace
}  // namespace distinct::service
