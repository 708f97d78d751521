// SIGTERM to a distinctd under load.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ledger/ledger.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tools/distinct/bench_plan.h"
#include "tools/distinct/client.h"
#include "tools/distinct/server_process.h"
#include "tools/population/unsearched_store.h"

namespace distinct::cli {
namespace {

using ::distinct::testing::IsOk;

TEST(Drain, UnderLoadLeavesWithZeroAndNothingOpenAndEveryAnswerIsThereAfterwards) {
  const testing::TempDir folder;
  const std::string store = (folder / "store").string();
  const ServerLaunch launch = {DISTINCTD, store, (folder / "log").string()};
  auto server = ServerProcess::Start(launch);
  ASSERT_THAT(server, IsOk());
  const auto client = Connect({(*server)->address(), "", "", ""});
  ASSERT_THAT(client, IsOk());

  const synthesis::People people(1);
  const std::vector<Position> fingers = population::FirstFingers(4);
  std::mutex mu;
  std::map<std::string, std::string> answered;  // decisions by enrolment_id
  std::atomic<int> answers{0};
  std::atomic<bool> drains{false};
  std::vector<std::thread> callers;
  for (uint64_t caller = 0; caller < 16; ++caller) {
    callers.emplace_back([&, caller] {
      for (uint64_t call = 0;; ++call) {
        const uint64_t person = caller * 1'000'000 + call;
        const std::string id = absl::StrCat("p", person);
        grpc::ClientContext context;
        v1::EnrolResponse response;
        const grpc::Status status = client->enrolment->Enrol(
            &context, TemplateRequest(id, people, {person, 0}, fingers), &response);
        if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
          drains = true;
          return;
        }
        if (!status.ok()) continue;
        ++answers;
        const std::lock_guard<std::mutex> lock(mu);
        answered[id] = response.decision().SerializeAsString();
      }
    });
  }
  while (answers < 300) std::this_thread::yield();
  ASSERT_EQ(kill((*server)->pid(), SIGTERM), 0);
  while (!drains) std::this_thread::yield();
  EXPECT_THAT((*server)->Stop(), IsOk()) << "by a second SIGTERM, not ended with 0";
  for (std::thread& caller : callers) caller.join();
  {
    const auto ledger = ledger::Ledger::Open(store);
    ASSERT_THAT(ledger, IsOk());
    EXPECT_EQ((*ledger)->counts().open, 0U);
    EXPECT_GE(Number((*ledger)->head()), answered.size());
  }

  server = ServerProcess::Start(launch);
  ASSERT_THAT(server, IsOk());
  const auto again = Connect({(*server)->address(), "", "", ""});
  ASSERT_THAT(again, IsOk());
  for (const auto& [id, decision] : answered) {
    grpc::ClientContext context;
    v1::GetEnrolmentRequest request;
    request.set_enrolment_id(id);
    v1::GetEnrolmentResponse response;
    ASSERT_TRUE(again->enrolment->GetEnrolment(&context, request, &response).ok()) << id;
    EXPECT_EQ(response.decision().SerializeAsString(), decision) << id;
  }
}

}  // namespace
}  // namespace distinct::cli
