#include "engine/service/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "engine/enrolment/admission.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

TEST(WorkerPool, RunsWhatIsQueuedBeforeItEnds) {
  std::atomic<int> ran{0};
  {
    WorkerPool pool({.threads = 2});
    for (int i = 0; i < 100; ++i) ASSERT_THAT(pool.Submit(0, [&] { ++ran; }), testing::IsOk());
  }
  EXPECT_EQ(ran, 100);
}

TEST(WorkerPool, RefusesBeyondItsBoundsWithATimeToWait) {
  absl::Notification started, release;
  std::atomic<int> ran{0};
  {
    WorkerPool pool({.threads = 1, .queued_calls_max = 2, .queued_bytes_max = 100});
    ASSERT_THAT(pool.Submit(0,
                            [&] {
                              started.Notify();
                              release.WaitForNotification();
                            }),
                testing::IsOk());
    started.WaitForNotification();
    // A large task passes through an empty queue, and nothing passes beside it.
    ASSERT_THAT(pool.Submit(1000, [&] { ++ran; }), testing::IsOk());
    const absl::Status bytes = pool.Submit(1, [&] { ++ran; });
    EXPECT_THAT(bytes, testing::StatusIs(absl::StatusCode::kResourceExhausted, "1001 bytes"));
    EXPECT_TRUE(enrolment::RetryAfter(bytes).has_value());
    release.Notify();
  }
  EXPECT_EQ(ran, 1);
}

TEST(WorkerPool, CountsWaitingCalls) {
  absl::Notification started, release;
  WorkerPool pool({.threads = 1, .queued_calls_max = 2});
  ASSERT_THAT(pool.Submit(0,
                          [&] {
                            started.Notify();
                            release.WaitForNotification();
                          }),
              testing::IsOk());
  started.WaitForNotification();
  ASSERT_THAT(pool.Submit(0, [] {}), testing::IsOk());
  ASSERT_THAT(pool.Submit(0, [] {}), testing::IsOk());
  EXPECT_THAT(pool.Submit(0, [] {}),
              testing::StatusIs(absl::StatusCode::kResourceExhausted, "want at most 2"));
  release.Notify();
}

}  // namespace
}  // namespace distinct::service
