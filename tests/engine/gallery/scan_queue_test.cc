#include "engine/gallery/scan_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/support/status_matchers.h"

namespace distinct::gallery {
namespace {

using ::distinct::testing::IsOk;

// Answers a request with its `nearest_codeless_max` as a bucket's number.
std::vector<absl::StatusOr<ScanResult>> Echo(absl::Span<const ScanRequest* const> requests) {
  std::vector<absl::StatusOr<ScanResult>> answers;
  for (const ScanRequest* request : requests) {
    ScanResult result;
    result.buckets.push_back({static_cast<uint32_t>(request->nearest_codeless_max), 0, 0});
    answers.emplace_back(result);
  }
  return answers;
}

TEST(ScanQueue, WhoComesMeanwhileGoesTogetherAndEveryoneGetsTheirOwnAnswer) {
  absl::Notification begun, go_on;
  std::vector<size_t> sizes;  // of the runs; one runs at a time
  ScanQueue queue([&](absl::Span<const ScanRequest* const> requests) {
    sizes.push_back(requests.size());
    if (sizes.size() == 1) {
      begun.Notify();
      go_on.WaitForNotification();
    }
    return Echo(requests);
  });
  std::atomic<size_t> right = 0;
  const auto ask = [&](size_t number) {
    ScanRequest request;
    request.nearest_codeless_max = number;
    const absl::StatusOr<ScanResult> answer = queue.Scan(request);
    EXPECT_THAT(answer, IsOk());
    right += answer->buckets[0].bucket == number ? 1U : 0U;
  };
  std::thread first(ask, 1000);
  begun.WaitForNotification();
  constexpr size_t kOthers = ScanQueue::kTogetherMax + 5;
  std::vector<std::thread> others;
  for (size_t i = 0; i < kOthers; ++i) others.emplace_back(ask, i);
  while (queue.waiting() < kOthers) std::this_thread::yield();
  go_on.Notify();
  first.join();
  for (std::thread& other : others) other.join();
  EXPECT_EQ(right, kOthers + 1);
  EXPECT_EQ(sizes, std::vector<size_t>({1, ScanQueue::kTogetherMax, 5}));
}

// One scan of a fifth of a second, so that the next waits up to four of them. What waits for
// nothing is answered long before kWaited, also on a busy machine.
constexpr absl::Duration kWaited = absl::Milliseconds(800);

void TakeLong(ScanQueue& queue) { EXPECT_THAT(queue.Scan({}), IsOk()); }

std::vector<absl::StatusOr<ScanResult>> Slow(absl::Span<const ScanRequest* const> requests) {
  absl::SleepFor(absl::Milliseconds(200));
  return Echo(requests);
}

TEST(ScanQueue, WaitsForWhatIsAnnouncedAndGoesWithIt) {
  std::vector<size_t> sizes;
  ScanQueue queue([&](absl::Span<const ScanRequest* const> requests) {
    sizes.push_back(requests.size());
    return Slow(requests);
  });
  TakeLong(queue);
  Announcement announced = queue.Announce();
  std::thread first([&] { EXPECT_THAT(queue.Scan({}), IsOk()); });
  while (queue.waiting() < 1) std::this_thread::yield();
  ScanRequest request;
  request.announced = &announced;
  const absl::Time start = absl::Now();
  EXPECT_THAT(queue.Scan(request), IsOk());
  EXPECT_LT(absl::Now() - start, kWaited);  // nobody else was to come
  first.join();
  EXPECT_EQ(sizes, std::vector<size_t>({1, 2}));
}

TEST(ScanQueue, GoesAloneAtOnceIfNobodyIsAnnounced) {
  ScanQueue queue(Slow);
  TakeLong(queue);
  { const auto announced = queue.Announce(); }
  const absl::Time start = absl::Now();
  EXPECT_THAT(queue.Scan({}), IsOk());
  EXPECT_LT(absl::Now() - start, kWaited);
}

TEST(ScanQueue, DoesNotWaitForEverForWhatIsAnnounced) {
  ScanQueue queue(Slow);
  TakeLong(queue);
  const auto announced = queue.Announce();
  EXPECT_THAT(queue.Scan({}), IsOk());
}

TEST(ScanQueue, DoesNotWaitForCompanyWhenSomebodyWouldBeTooLate) {
  ScanQueue queue(Slow);
  TakeLong(queue);
  const auto announced = queue.Announce();
  const absl::Time start = absl::Now();
  std::thread patient([&] { EXPECT_THAT(queue.Scan({}), IsOk()); });
  while (queue.waiting() < 1) std::this_thread::yield();
  ScanRequest request;
  request.deadline = start + absl::Milliseconds(500);
  EXPECT_THAT(queue.Scan(request), IsOk());
  patient.join();
  EXPECT_LT(absl::Now() - start, kWaited);
}

TEST(ScanQueue, AnErrorReachesItsOwnRequest) {
  ScanQueue queue([](absl::Span<const ScanRequest* const> requests) {
    return std::vector<absl::StatusOr<ScanResult>>(requests.size(),
                                                   absl::DeadlineExceededError("late"));
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(queue.Scan({}).status()));
}

TEST(ScanQueue, AfterAScanThatThrewTheNextIsAnswered) {
  bool throws = true;
  ScanQueue queue([&](absl::Span<const ScanRequest* const> requests) {
    if (throws) throw std::bad_alloc();
    return Echo(requests);
  });
  EXPECT_TRUE(absl::IsInternal(queue.Scan({}).status()));
  throws = false;
  EXPECT_THAT(queue.Scan({}), IsOk());
}

}  // namespace
}  // namespace distinct::gallery
