// More than the server can do at once, and its end under load: what is refused, and what never is.
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/engine/service/town_fixture.h"

namespace distinct::service {
namespace {

using ::testing::HasSubstr;

// Six images: 240 ms of extraction by admission's estimate. Made once, since that is no load for
// the server.
const v1::Biometrics& SixImages() {
  static const auto* const images = [] {
    auto* const made = new v1::Biometrics;
    for (uint32_t impression = 0; impression < 3; ++impression) {
      made->MergeFrom(Prints(0, impression));
    }
    return made;
  }();
  return *images;
}

v1::EnrolRequest Heavy(const std::string& id, v1::Priority priority = v1::ONLINE) {
  v1::EnrolRequest request = Enrolment(id, SixImages());
  request.set_priority(priority);
  return request;
}

class OverloadTest : public TownTest {
 protected:
  v1::GetStatusResponse::Load Load() {
    grpc::ClientContext context;
    v1::GetStatusResponse status;
    EXPECT_TRUE(gallery_->GetStatus(&context, v1::GetStatusRequest(), &status).ok());
    return status.load();
  }
  uint64_t Open() {
    grpc::ClientContext context;
    v1::GetStatusResponse status;
    EXPECT_TRUE(gallery_->GetStatus(&context, v1::GetStatusRequest(), &status).ok());
    return status.references().open();
  }
  bool WaitFor(const std::function<bool()>& what) {
    for (const absl::Time limit = absl::Now() + absl::Seconds(20); absl::Now() < limit;) {
      if (what()) return true;
    }
    return false;
  }
  grpc::Status WithdrawUnknown() {
    grpc::ClientContext context;
    v1::WithdrawRequest request;
    request.set_enrolment_id("nobody");
    request.set_reason("a test");
    v1::WithdrawResponse response;
    return enrolment_->Withdraw(&context, request, &response);
  }
  grpc::StatusCode Stored(const std::string& id) {
    grpc::ClientContext context;
    v1::GetEnrolmentRequest request;
    request.set_enrolment_id(id);
    v1::GetEnrolmentResponse response;
    return enrolment_->GetEnrolment(&context, request, &response).error_code();
  }
};

// Callers that enrol without a pause, whatever they are told, until destroyed.
class Flood {
 public:
  Flood(v1::EnrolmentService::Stub& stub, int callers, v1::Priority priority) {
    for (int i = 0; i < callers; ++i) {
      threads_.emplace_back([this, &stub, i, priority] {
        for (int call = 0; !stop_; ++call) Send(stub, absl::StrCat("f", i, "-", call), priority);
      });
    }
  }
  ~Flood() { Stop(); }
  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  // After Stop().
  const std::map<std::string, grpc::Status>& refused() const { return refused_; }

 private:
  void Send(v1::EnrolmentService::Stub& stub, const std::string& id, v1::Priority priority) {
    grpc::ClientContext context;
    v1::EnrolResponse response;
    const grpc::Status status = stub.Enrol(&context, Heavy(id, priority), &response);
    if (status.ok()) return;
    const std::lock_guard<std::mutex> lock(mu_);
    refused_.emplace(id, status);
  }

  std::atomic<bool> stop_{false};
  std::mutex mu_;
  std::map<std::string, grpc::Status> refused_;
  std::vector<std::thread> threads_;
};

TEST_F(OverloadTest, WhatIsRefusedIsToldWhenToComeAgainAndIsNotStored) {
  Flood flood(*enrolment_, 32, v1::ONLINE);
  ASSERT_TRUE(WaitFor([&] { return Load().refused_online() >= 100; }));
  flood.Stop();
  ASSERT_GE(flood.refused().size(), 100U);
  for (const auto& [id, status] : flood.refused()) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
    const auto retry = DetailOf<google::rpc::RetryInfo>(status);
    ASSERT_TRUE(retry.has_value());
    EXPECT_GE(retry->retry_delay().seconds(), 1);
    EXPECT_EQ(Stored(id), grpc::StatusCode::NOT_FOUND) << id;
  }
  EXPECT_EQ(Open(), 0U);
}

TEST_F(OverloadTest, ABatchThatFloodsCostsNoOnlineCallItsPlace) {
  Flood flood(*enrolment_, 32, v1::BATCH);
  ASSERT_TRUE(WaitFor([&] { return Load().refused_batch() >= 100; }));
  for (int i = 0; i < 10; ++i) {
    v1::Decision decision;
    const grpc::Status status = Enrol(Heavy(absl::StrCat("online-", i)), decision);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  flood.Stop();
  EXPECT_EQ(Load().refused_online(), 0U);
}

TEST_F(OverloadTest, ABatchIsDecidedAsOnlineAndMayBeRepeatedOnline) {
  v1::Decision batch, repeat;
  v1::EnrolRequest request = Enrolment("ada", Prints(0, 0));
  request.set_priority(v1::BATCH);
  ASSERT_TRUE(Enrol(request, batch).ok());
  EXPECT_EQ(batch.kind(), v1::UNIQUE);
  request.set_priority(v1::ONLINE);
  ASSERT_TRUE(Enrol(request, repeat).ok());
  EXPECT_EQ(repeat.SerializeAsString(), batch.SerializeAsString());
  request = Enrolment("ada-2", Prints(0, 1));
  request.set_priority(v1::BATCH);
  ASSERT_TRUE(Enrol(request, batch).ok());
  EXPECT_EQ(batch.duplicate_of(), "ada");
}

// Three impressions of ten fingers: thirty images, some 120 ms of work on two cores.
v1::EnrolRequest ThirtyImages(const std::string& id) {
  v1::EnrolRequest request = Enrolment(id, {});
  for (int finger = 1; finger <= 10; ++finger) {
    for (uint32_t impression = 0; impression < 3; ++impression) {
      v1::Sample& sample = *request.mutable_biometrics()->add_samples();
      sample = Prints(static_cast<uint64_t>(finger), impression).samples(0);
      sample.set_position(static_cast<v1::Position>(finger));
    }
  }
  return request;
}

TEST_F(OverloadTest, AnExpiredCallStopsBetweenItsSamplesAndStoresNothing) {
  const v1::EnrolRequest request = ThirtyImages("late");
  // On a busy machine a short time is over before the call is there.
  for (auto time = absl::Milliseconds(40); Load().samples_extracted() == 0; time *= 2) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + time));
    v1::EnrolResponse response;
    const grpc::Status status = enrolment_->Enrol(&context, request, &response);
    ASSERT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  ASSERT_TRUE(WaitFor([&] { return Load().abandoned() >= 1; }));
  EXPECT_LT(Load().samples_extracted(), 30U);
  EXPECT_EQ(Stored("late"), grpc::StatusCode::NOT_FOUND);
}

TEST_F(OverloadTest, ACancelledCallStopsBetweenItsSamplesAndStoresNothing) {
  const v1::EnrolRequest request = ThirtyImages("gone");
  grpc::ClientContext context;
  v1::EnrolResponse response;
  grpc::Status status;
  std::thread caller([&] { status = enrolment_->Enrol(&context, request, &response); });
  ASSERT_TRUE(WaitFor([&] { return Load().samples_extracted() > 0; }));
  context.TryCancel();
  caller.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  ASSERT_TRUE(WaitFor([&] { return Load().abandoned() == 1; }));
  EXPECT_LT(Load().samples_extracted(), 30U);
  EXPECT_EQ(Stored("gone"), grpc::StatusCode::NOT_FOUND);
}

TEST_F(OverloadTest, AServerThatDrainsFinishesWhatItTookAndTellsOthersToComeAgain) {
  const v1::EnrolRequest request = ThirtyImages("taken");
  const v1::EnrolRequest late = Enrolment("late", Prints(11, 0));
  v1::Decision taken;
  grpc::Status finished;
  std::thread caller([&] { finished = Enrol(request, taken); });
  ASSERT_TRUE(WaitFor([&] { return Load().samples_extracted() > 0; }));
  std::thread drain([&] { server_->Drain(absl::Seconds(30)); });
  // Asked by what is answered at once, so that all is asked while the images are worked on: with
  // the last answer gRPC ends and says CANCELLED.
  ASSERT_TRUE(
      WaitFor([&] { return WithdrawUnknown().error_code() != grpc::StatusCode::NOT_FOUND; }));
  v1::Decision decision;
  for (const grpc::Status& refused : {WithdrawUnknown(), Enrol(late, decision)}) {
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE) << refused.error_message();
    EXPECT_THAT(refused.error_message(), HasSubstr("is stopping"));
    EXPECT_TRUE(DetailOf<google::rpc::RetryInfo>(refused).has_value());
  }
  caller.join();
  drain.join();
  EXPECT_TRUE(finished.ok()) << finished.error_message();
  StopServer();
  StartServer();
  EXPECT_EQ(Open(), 0U);
  v1::Decision again;
  ASSERT_TRUE(Enrol(request, again).ok());
  EXPECT_EQ(again.SerializeAsString(), taken.SerializeAsString());
}

}  // namespace
}  // namespace distinct::service
