#include "engine/service/starting_server.h"

#include <gmock/gmock.h>

#include "distinct/v1/enrolment.grpc.pb.h"
#include "distinct/v1/gallery.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "tests/engine/service/call_by_name.h"
#include "tests/engine/service/town_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

using ::distinct::testing::IsOk;
using ::testing::HasSubstr;

std::unique_ptr<StartingServer> Start(ListenAddress listen = {"127.0.0.1", 0}) {
  grpc::EnableDefaultHealthCheckService(true);
  auto started = StartingServer::Start(listen, grpc::InsecureServerCredentials());
  EXPECT_THAT(started, IsOk());
  return started.ok() ? *std::move(started) : nullptr;
}

TEST(StartingServer, AnswersEveryCallWithTheProgressAndWhenToComeAgain) {
  const auto starting = Start();
  starting->SetProgress("entries checked", 17, 40);
  const auto channel =
      grpc::CreateChannel(ToText(starting->address()), grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  v1::EnrolResponse response;
  const grpc::Status status =
      v1::EnrolmentService::NewStub(channel)->Enrol(&context, v1::EnrolRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("got 17 of 40 entries checked"));
  EXPECT_TRUE(DetailOf<google::rpc::RetryInfo>(status).has_value());

  grpc::ClientContext watch_context;
  auto watch = v1::EnrolmentService::NewStub(channel)->WatchDecisions(&watch_context, {});
  v1::WatchDecisionsResponse event;
  EXPECT_FALSE(watch->Read(&event));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(StartingServer, TellsTheStatusAndThatItDoesNotServe) {
  const auto starting = Start();
  starting->SetProgress("entries checked", 17, 40);
  const std::string address = ToText(starting->address());
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  grpc::ClientContext context;
  v1::GetStatusResponse status;
  ASSERT_TRUE(v1::GalleryService::NewStub(channel)
                  ->GetStatus(&context, v1::GetStatusRequest(), &status)
                  .ok());
  EXPECT_FALSE(status.ready());
  EXPECT_EQ(status.followed(), 17);
  EXPECT_EQ(status.head(), 40);
  for (const char* name : {"", "distinct.v1.EnrolmentService"}) {
    std::string answer;
    EXPECT_EQ(HealthOf(address, name, answer), grpc::StatusCode::OK);
    EXPECT_EQ(answer, "\x08\x02") << name;  // status = 2: NOT_SERVING
  }
}

TEST(StartingServer, LeavesItsAddressToTheNextAndSharesItWithNobody) {
  auto starting = Start();
  const ListenAddress address = starting->address();
  EXPECT_THAT(StartingServer::Start(address, grpc::InsecureServerCredentials()),
              testing::StatusIs(absl::StatusCode::kUnavailable, "choose another port"));
  for (int i = 0; i < 20; ++i) {
    starting.reset();
    starting = Start(address);
    ASSERT_NE(starting, nullptr) << i;
  }
}

TEST_F(TownTest, WhileAStoreIsReadItsServerRefusesWithTheProgressAndMayBeStopped) {
  Enrolled("ada", Prints(0, 0));
  ServerOptions options;
  options.store = store_ / "store";
  options.listen = server_->address();
  StopServer();
  int asked = 0;
  options.stop_asked = [&] {
    ++asked;
    const auto channel = grpc::CreateChannel(options.listen, grpc::InsecureChannelCredentials());
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::EnrolResponse response;
    const grpc::Status status = v1::EnrolmentService::NewStub(channel)->Enrol(
        &context, Enrolment("bob", Prints(1, 0)), &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), HasSubstr("got 1 of 1 entries checked"));
    std::string health;
    EXPECT_EQ(HealthOf(options.listen, "", health), grpc::StatusCode::OK);
    EXPECT_EQ(health, "\x08\x02");
    return true;
  };
  EXPECT_THAT(Server::Start(options), testing::StatusIs(absl::StatusCode::kCancelled, "stop"));
  EXPECT_EQ(asked, 1);
  StartServer();
  EXPECT_EQ(server_->entries_at_start(), 1u);
}

}  // namespace
}  // namespace distinct::service
