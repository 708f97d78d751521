#include "engine/service/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
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

TEST(WorkerPool, WhenClosedItTakesNothingMoreAndFinishesWhatItTook) {
  absl::Notification started, release;
  WorkerPool pool({.threads = 1});
  std::atomic<int> ran{0};
  ASSERT_THAT(pool.Submit(0,
                          [&] {
                            started.Notify();
                            release.WaitForNotification();
                            ++ran;
                          }),
              testing::IsOk());
  ASSERT_THAT(pool.Submit(0, [&] { ++ran; }), testing::IsOk());
  started.WaitForNotification();
  pool.Close();
  const absl::Status late = pool.Submit(0, [&] { ++ran; });
  EXPECT_THAT(late, testing::StatusIs(absl::StatusCode::kUnavailable, "is stopping"));
  EXPECT_TRUE(enrolment::RetryAfter(late).has_value());
  EXPECT_FALSE(pool.WaitUntilIdle(absl::Now()));
  release.Notify();
  EXPECT_TRUE(pool.WaitUntilIdle(absl::InfiniteFuture()));
  EXPECT_EQ(ran, 2);
}

TEST(WorkerPool, ItsTasksHaveTheRightOfWayFromTheirArrival) {
  search::RightOfWay way;
  absl::Notification started, release;
  WorkerPool pool({.threads = 1, .right_of_way = &way});
  ASSERT_THAT(pool.Submit(0,
                          [&] {
                            started.Notify();
                            release.WaitForNotification();
                          }),
              testing::IsOk());
  EXPECT_FALSE(way.WaitUntilFree(absl::ZeroDuration()));
  started.WaitForNotification();
  EXPECT_FALSE(way.WaitUntilFree(absl::ZeroDuration()));
  release.Notify();
  EXPECT_TRUE(way.WaitUntilFree(absl::InfiniteDuration()));
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
