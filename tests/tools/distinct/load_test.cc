#include "tools/distinct/load.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace distinct::cli {
namespace {

grpc::Status Refused() {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(1'000'000);
  google::rpc::Status details;
  details.set_code(static_cast<int>(grpc::StatusCode::RESOURCE_EXHAUSTED));
  details.add_details()->PackFrom(retry);
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "busy", details.SerializeAsString()};
}

// Answers each enrolment as the test says.
class Desk final : public v1::EnrolmentService::Service {
 public:
  using Answer = std::function<grpc::Status(const std::string& id)>;
  explicit Desk(Answer answer) : answer_(std::move(answer)) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    client_ = Connect({absl::StrCat("127.0.0.1:", port), "", "", ""}).value();
  }
  ~Desk() override { server_->Shutdown(); }

  grpc::Status Enrol(grpc::ServerContext*, const v1::EnrolRequest* request,
                     v1::EnrolResponse* response) override {
    response->mutable_decision()->set_enrolment_id(request->enrolment_id());
    response->mutable_decision()->set_kind(v1::UNIQUE);
    return answer_(request->enrolment_id());
  }
  const Client& client() const { return client_; }

 private:
  const Answer answer_;
  std::unique_ptr<grpc::Server> server_;
  Client client_;
};

v1::EnrolRequest Numbered(uint64_t i) {
  v1::EnrolRequest request;
  request.set_enrolment_id(absl::StrCat(i));
  return request;
}

std::set<uint64_t> Indices(const LoadReport& report) {
  std::set<uint64_t> indices;
  for (const LoadAnswer& answer : report.answers) {
    EXPECT_EQ(answer.decision.enrolment_id(), absl::StrCat(answer.index));
    indices.insert(answer.index);
  }
  return indices;
}

TEST(Load, SendsEachOnceAtItsRateAndCountsTheAnswers) {
  Desk desk([](const std::string&) { return grpc::Status::OK; });
  const LoadReport report = RunLoad(desk.client(), {.rate_per_s = 200}, 40, Numbered);
  EXPECT_EQ(Indices(report).size(), 40u);
  EXPECT_EQ(report.refused + report.unavailable + report.unanswered, 0u);
  EXPECT_TRUE(report.errors.empty());
  EXPECT_GE(report.elapsed, absl::Milliseconds(195));  // the last is due 39 intervals of 5 ms on
}

// The first call holds up the ten behind it, which are sent late: their wait counts from when they
// were due.
TEST(Load, AStallIsSeenInTheLatencyOfThoseWhoWaitBehindIt) {
  absl::Notification never;
  Desk desk([&](const std::string& id) {
    if (id == "0") never.WaitForNotificationWithTimeout(absl::Milliseconds(400));
    return grpc::Status::OK;
  });
  const LoadReport report =
      RunLoad(desk.client(), {.rate_per_s = 100, .in_flight_max = 1}, 11, Numbered);
  ASSERT_EQ(Indices(report).size(), 11u);
  for (const LoadAnswer& answer : report.answers) {
    EXPECT_GE(answer.latency, absl::Milliseconds(400 - 10 * static_cast<int>(answer.index) - 5));
  }
  EXPECT_GE(LatencyAt(report, 0.5), absl::Milliseconds(300));
}

TEST(Load, WhatIsRefusedComesAgainWithItsWaitCountedFromTheBeginning) {
  absl::Mutex mu;
  std::set<std::string> seen;
  Desk desk([&](const std::string& id) {
    absl::MutexLock lock(&mu);
    return seen.insert(id).second ? Refused() : grpc::Status::OK;
  });
  const LoadReport report = RunLoad(desk.client(), {.rate_per_s = 1000}, 5, Numbered);
  EXPECT_EQ(Indices(report).size(), 5u);
  EXPECT_EQ(report.refused, 5u);
  for (const LoadAnswer& answer : report.answers) {
    EXPECT_GE(answer.latency, absl::Milliseconds(200));  // where less is asked for, 200 ms
  }
}

TEST(Load, AnErrorIsCountedByItsCodeAndNotSentAgain) {
  std::atomic<int> calls{0};
  Desk desk([&](const std::string& id) {
    ++calls;
    return id == "3" ? grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no") : grpc::Status::OK;
  });
  const LoadReport report = RunLoad(desk.client(), {.rate_per_s = 1000}, 6, Numbered);
  EXPECT_EQ(Indices(report), (std::set<uint64_t>{0, 1, 2, 4, 5}));
  EXPECT_EQ(report.errors.at("INVALID_ARGUMENT"), 1u);
  EXPECT_EQ(report.first_error, "no");
  EXPECT_EQ(calls, 6);
}

TEST(Load, AClosedLoopKeepsSoManyGoingUntilItsTimeIsOver) {
  std::atomic<int> together{0}, most{0};
  absl::Notification never;
  Desk desk([&](const std::string&) {
    const int now = ++together;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    never.WaitForNotificationWithTimeout(absl::Milliseconds(20));
    --together;
    return grpc::Status::OK;
  });
  const LoadReport report =
      RunLoad(desk.client(), {.duration = absl::Milliseconds(300), .in_flight_max = 3},
              uint64_t{1} << 40, Numbered);
  EXPECT_EQ(most, 3);
  EXPECT_GE(report.answers.size(), 6u);
  EXPECT_LE(report.answers.size(), 3u * 16);
  EXPECT_EQ(report.unanswered, 0u);
}

TEST(Load, InAClosedLoopWhoIsRefusedBringsNobodyElseMeanwhile) {
  absl::Mutex mu;
  std::set<std::string> ids;
  Desk desk([&](const std::string& id) {
    absl::MutexLock lock(&mu);
    ids.insert(id);
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "come again");
  });
  const LoadReport report = RunLoad(desk.client(),
                                    {.duration = absl::Milliseconds(500),
                                     .in_flight_max = 3,
                                     .patience = absl::Milliseconds(100)},
                                    uint64_t{1} << 40, Numbered);
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(report.unanswered, 3u);
  EXPECT_GE(report.refused, 6u);
}

TEST(Load, WhatIsNotAnsweredInTimeIsGivenUp) {
  absl::Notification released;
  Desk desk([&](const std::string& id) {
    if (id == "1") released.WaitForNotificationWithTimeout(absl::Seconds(10));
    return grpc::Status::OK;
  });
  const LoadReport report = RunLoad(
      desk.client(), {.rate_per_s = 1000, .patience = absl::Milliseconds(300)}, 3, Numbered);
  released.Notify();
  EXPECT_EQ(Indices(report), (std::set<uint64_t>{0, 2}));
  EXPECT_EQ(report.unanswered, 1u);
}

TEST(Load, ALatencyAtAShareIsByNearestRank) {
  LoadReport report;
  for (int i = 100; i >= 1; --i) {
    report.answers.emplace_back();
    report.answers.back().latency = absl::Milliseconds(i);
  }
  EXPECT_EQ(LatencyAt(report, 0.5), absl::Milliseconds(50));
  EXPECT_EQ(LatencyAt(report, 0.99), absl::Milliseconds(99));
  EXPECT_EQ(LatencyAt(report, 1), absl::Milliseconds(100));
  EXPECT_EQ(LatencyAt(report, 0), absl::Milliseconds(1));
}

}  // namespace
}  // namespace distinct::cli
