#include <gmock/gmock.h>

#include <thread>

#include "tests/engine/service/town_fixture.h"

namespace distinct::service {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> FindingCodes(const v1::Decision& decision) {
  std::vector<std::string> codes;
  for (const auto& finding : decision.findings()) codes.push_back(finding.code());
  return codes;
}

TEST_F(TownTest, ANewPersonIsUniqueAndAKnownOneADuplicateOfThem) {
  const v1::Decision first = Enrolled("ada", Prints(0, 0));
  EXPECT_EQ(first.kind(), v1::UNIQUE);
  EXPECT_EQ(first.external_ref(), "ref of ada");
  EXPECT_EQ(first.number(), 1);
  EXPECT_EQ(Enrolled("bea", Prints(1, 0)).kind(), v1::UNIQUE);

  const v1::Decision again = Enrolled("ada-2", Prints(0, 1));
  EXPECT_EQ(again.kind(), v1::DUPLICATE);
  EXPECT_EQ(again.duplicate_of(), "ada");
  ASSERT_GE(again.candidates_size(), 1);
  EXPECT_EQ(again.candidates(0).enrolment_id(), "ada");
  EXPECT_EQ(again.candidates(0).external_ref(), "ref of ada");
  EXPECT_EQ(again.searched_count(), again.gallery_count());
  EXPECT_FALSE(again.decided_at().empty());
}

TEST_F(TownTest, TheSameRequestGetsTheSameAnswerAndOtherContentAConflict) {
  const v1::EnrolRequest request = Enrolment("ada", Prints(0, 0));
  v1::Decision first, again;
  ASSERT_TRUE(Enrol(request, first).ok());
  ASSERT_TRUE(Enrol(request, again).ok());
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());

  const grpc::Status conflict = Enrol(Enrolment("ada", Prints(1, 0)), again);
  EXPECT_EQ(conflict.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_THAT(conflict.error_message(), HasSubstr("with other biometrics than number 1"));
  EXPECT_THAT(conflict.error_message(), HasSubstr("choose another enrolment_id"));
}

TEST_F(TownTest, TheOrderOfMetadataIsNotContent) {
  v1::EnrolRequest request = Enrolment("ada", Prints(0, 0));
  v1::EnrolRequest other = request;
  for (const char* key : {"station", "operator", "device"})
    (*request.mutable_metadata())[key] = "1";
  for (const char* key : {"device", "station", "operator"}) (*other.mutable_metadata())[key] = "1";
  v1::Decision first, again;
  ASSERT_TRUE(Enrol(request, first).ok());
  EXPECT_TRUE(Enrol(other, again).ok());
  (*other.mutable_metadata())["device"] = "2";
  EXPECT_EQ(Enrol(other, again).error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(TownTest, OfTwoRacingEnrolmentsOfOnePersonOneIsUnique) {
  const v1::Biometrics prints[] = {Prints(0, 0), Prints(0, 1)};
  v1::Decision decisions[2];
  std::thread other([&] { decisions[1] = Enrolled("b", prints[1]); });
  decisions[0] = Enrolled("a", prints[0]);
  other.join();
  const int unique = decisions[0].kind() == v1::UNIQUE ? 0 : 1;
  EXPECT_EQ(decisions[unique].kind(), v1::UNIQUE);
  EXPECT_EQ(decisions[1 - unique].kind(), v1::DUPLICATE);
  EXPECT_EQ(decisions[1 - unique].duplicate_of(), decisions[unique].enrolment_id());
}

TEST_F(TownTest, DecisionsSurviveARestart) {
  const v1::Decision before = Enrolled("ada", Prints(0, 0));
  StopServer();
  StartServer();
  grpc::ClientContext context;
  v1::GetEnrolmentRequest request;
  request.set_enrolment_id("ada");
  v1::GetEnrolmentResponse response;
  ASSERT_TRUE(enrolment_->GetEnrolment(&context, request, &response).ok());
  EXPECT_EQ(response.decision().SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 1)).kind(), v1::DUPLICATE);
}

TEST_F(TownTest, SamplesOfOnePositionThatDifferAreFoundAndNotUnique) {
  v1::Biometrics prints = Prints(0, 0);
  prints.mutable_samples(1)->set_position(prints.samples(0).position());
  const v1::Decision decision = Enrolled("mixed", prints);
  EXPECT_THAT(FindingCodes(decision), ::testing::Contains("SAMPLES_OF_ONE_POSITION_DIFFER"));
  EXPECT_EQ(decision.kind(), v1::REVIEW);

  v1::Biometrics agreeing;
  for (uint32_t impression = 0; impression < 3; ++impression) {
    *agreeing.add_samples() = Prints(1, impression).samples(0);
  }
  EXPECT_EQ(FindingCodes(Enrolled("agreeing", agreeing)), std::vector<std::string>());
}

TEST_F(TownTest, WatchersGetThePastThenTheNewAndResume) {
  Enrolled("ada", Prints(0, 0));
  Enrolled("bea", Prints(1, 0));
  std::vector<v1::WatchDecisionsResponse> live;
  std::thread watcher([&] { live = Watch(*enrolment_, 0, 4); });
  Enrolled("ada-2", Prints(0, 1));
  grpc::ClientContext context;
  v1::EraseRequest erase;
  erase.set_enrolment_id("bea");
  erase.set_reason("request 5");
  v1::EraseResponse erased;
  ASSERT_TRUE(enrolment_->Erase(&context, erase, &erased).ok());
  EXPECT_TRUE(erased.erased());
  watcher.join();

  ASSERT_EQ(live.size(), 4);
  for (size_t i = 0; i < live.size(); ++i) EXPECT_EQ(live[i].sequence(), i + 1);
  EXPECT_EQ(live[0].decision().enrolment_id(), "ada");
  EXPECT_EQ(live[2].decision().duplicate_of(), "ada");
  EXPECT_EQ(live[3].event(), v1::WatchDecisionsResponse::ERASED);
  EXPECT_TRUE(live[3].decision().erased());

  const auto resumed = Watch(*enrolment_, 2, 2);
  ASSERT_EQ(resumed.size(), 2);
  EXPECT_EQ(resumed[0].sequence(), 3);
  EXPECT_EQ(resumed[1].sequence(), 4);
}

TEST_F(TownTest, AWatcherAheadOfTheStoreIsTold) {
  grpc::ClientContext context;
  v1::WatchDecisionsRequest request;
  request.set_after_sequence(9);
  const auto reader = enrolment_->WatchDecisions(&context, request);
  v1::WatchDecisionsResponse event;
  EXPECT_FALSE(reader->Read(&event));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_THAT(status.error_message(), HasSubstr("got 9, want at most 0"));
}

TEST_F(TownTest, AWatcherIsToldWhenTheServerStops) {
  grpc::ClientContext context;
  const auto reader = enrolment_->WatchDecisions(&context, v1::WatchDecisionsRequest());
  reader->WaitForInitialMetadata();
  std::thread stopper([&] { server_->Drain(absl::Seconds(20)); });
  v1::WatchDecisionsResponse event;
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stopper.join();
}

TEST_F(TownTest, AnErasedPersonIsNewAgainAndEraseIsRepeatable) {
  Enrolled("ada", Prints(0, 0));
  v1::EraseRequest erase;
  erase.set_enrolment_id("ada");
  erase.set_reason("request 5");
  v1::EraseResponse first, again;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(enrolment_->Erase(&context, erase, &first).ok());
  }
  {
    grpc::ClientContext context;
    ASSERT_TRUE(enrolment_->Erase(&context, erase, &again).ok());
  }
  EXPECT_TRUE(first.erased());
  EXPECT_FALSE(again.erased());
  EXPECT_EQ(first.number(), again.number());
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 1)).kind(), v1::UNIQUE);
  v1::Decision late;
  ASSERT_TRUE(Enrol(Enrolment("ada", Prints(0, 0)), late).ok());
  EXPECT_TRUE(late.erased());
}

}  // namespace
}  // namespace distinct::service
