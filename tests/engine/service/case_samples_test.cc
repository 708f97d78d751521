// The images that an examiner sees: those of the case and of its candidates, nobody else's.
#include <gmock/gmock.h>

#include "engine/ledger/checksum.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/rows.h"
#include "tests/engine/ledger/raw_store.h"
#include "tests/engine/service/town_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> BytesOf(const google::protobuf::RepeatedPtrField<v1::Sample>& samples) {
  std::vector<std::string> bytes;
  for (const v1::Sample& sample : samples) bytes.push_back(sample.SerializeAsString());
  return bytes;
}

class CaseSamplesTest : public TownTest {
 protected:
  void SetUp() override {
    keep_samples_ = true;
    StartServer();
  }

  v1::Decision Updated(const std::string& id, const v1::Biometrics& biometrics) {
    v1::UpdateRequest request;
    request.set_enrolment_id(id);
    request.set_update_of("ada");
    *request.mutable_biometrics() = biometrics;
    v1::UpdateResponse response;
    grpc::ClientContext context;
    const grpc::Status status = enrolment_->Update(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.decision();
  }
  // "u-1" is in REVIEW: an update of "ada" with a finger of hers and one of "bea". "cid" is nobody
  // in it.
  void PutUpdateInReview() {
    Enrolled("ada", Prints(0, 0));
    Enrolled("bea", Prints(1, 0));
    Enrolled("cid", Prints(2, 0));
    ASSERT_EQ(Updated("u-1", Mixed()).kind(), v1::REVIEW);
  }
  static v1::Biometrics Mixed() {
    v1::Biometrics mixed;
    *mixed.add_samples() = Prints(0, 1).samples(0);
    *mixed.add_samples() = Prints(1, 1).samples(1);
    mixed.mutable_samples(1)->set_dpi(0);  // as the file says
    return mixed;
  }
  grpc::Status Ask(const std::string& samples_of, v1::GetCaseResponse& seen) {
    v1::GetCaseRequest request;
    request.set_enrolment_id("u-1");
    request.set_samples_of(samples_of);
    grpc::ClientContext context;
    return adjudication_->GetCase(&context, request, &seen);
  }
  std::vector<std::string> SamplesOf(const std::string& id) {
    v1::GetCaseResponse seen;
    const grpc::Status status = Ask(id, seen);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return BytesOf(seen.samples());
  }
  // Details of what the audit says of looks at cases. Stops the server.
  std::vector<std::string> AuditedLooks() {
    using ledger::Family;
    StopServer();
    testing::RawStore store(store_ / "store");
    const auto head = ledger::DecodeHead(*ledger::Unseal(
        "meta", ledger::kMetaHead, store.Get(Family::kMeta, std::string(ledger::kMetaHead))));
    std::vector<std::string> details;
    for (uint64_t i = 1; i <= head->audit; ++i) {
      const std::string key = ledger::Key64(i);
      const auto row =
          ledger::DecodeAudit(*ledger::Unseal("audit", key, store.Get(Family::kAudit, key)));
      if (row->record.action == "CASE") details.push_back(row->record.detail);
    }
    return details;
  }
};

TEST_F(CaseSamplesTest, ThoseOfTheCaseAndOfEachCandidateAreAsTheyWereSent) {
  PutUpdateInReview();
  EXPECT_THAT(SamplesOf(""), IsEmpty());
  EXPECT_EQ(SamplesOf("u-1"), BytesOf(Mixed().samples()));
  EXPECT_EQ(SamplesOf("ada"), BytesOf(Prints(0, 0).samples()));
  EXPECT_EQ(SamplesOf("bea"), BytesOf(Prints(1, 0).samples()));
}

TEST_F(CaseSamplesTest, OfTheSubjectOfAnUpdateThoseThatItIsComparedWith) {
  Enrolled("ada", Prints(0, 0));
  Enrolled("bea", Prints(1, 0));
  ASSERT_EQ(Updated("u-0", Prints(0, 2)).kind(), v1::ACCEPTED);
  ASSERT_EQ(Updated("u-1", Mixed()).kind(), v1::REVIEW);
  EXPECT_EQ(SamplesOf("ada"), BytesOf(Prints(0, 2).samples()));
}

TEST_F(CaseSamplesTest, NobodysWhoIsNotInTheCase) {
  PutUpdateInReview();
  for (const char* id : {"cid", "nobody"}) {
    v1::GetCaseResponse seen;
    const grpc::Status status = Ask(id, seen);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << id;
    EXPECT_THAT(BadFields(status), ElementsAre("samples_of"));
    EXPECT_THAT(status.error_message(),
                HasSubstr(std::string("got ") + id + ", want u-1, a candidate of it or"));
    EXPECT_THAT(seen.samples(), IsEmpty());
  }
}

TEST_F(CaseSamplesTest, NoneOfWhomIsErased) {
  PutUpdateInReview();
  Erase("bea");
  EXPECT_THAT(SamplesOf("bea"), IsEmpty());
  EXPECT_EQ(SamplesOf("ada").size(), 2U);
}

TEST_F(CaseSamplesTest, NoneThatTheServerDidNotKeep) {
  StopServer();
  keep_samples_ = false;
  StartServer();
  PutUpdateInReview();
  for (const char* id : {"u-1", "ada", "bea"}) EXPECT_THAT(SamplesOf(id), IsEmpty()) << id;
}

TEST_F(CaseSamplesTest, ALookIsInTheAuditWithWhomItWasAt) {
  PutUpdateInReview();
  SamplesOf("");
  SamplesOf("bea");
  v1::GetCaseResponse refused;
  EXPECT_FALSE(Ask("cid", refused).ok());
  const std::string look = "enrolment_id=u-1 number=4 candidates=2";
  EXPECT_THAT(AuditedLooks(), ElementsAre(look, look + " samples_of=bea samples=2"));
}

}  // namespace
}  // namespace distinct::service
