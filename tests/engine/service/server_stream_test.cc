#include "engine/service/server_stream.h"

#include <gtest/gtest.h>

#include <memory>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

class CountingStream final : public HubStream {
 public:
  void Wake() override {
    absl::MutexLock lock(&mu);
    ++wakes;
  }
  void End(const absl::Status& status) override {
    absl::MutexLock lock(&mu);
    end = status;
  }
  absl::Mutex mu;
  int wakes = 0;
  absl::Status end;
};

std::function<void()> Tick() {
  return [] {
    absl::Mutex mu;
    absl::MutexLock lock(&mu);
    absl::CondVar never;
    never.WaitWithTimeout(&mu, absl::Milliseconds(1));
  };
}

TEST(StreamHub, WakesEveryLivingStreamAndEndsThemOnClose) {
  auto stream = std::make_shared<CountingStream>();
  StreamHub hub(Tick());
  ASSERT_THAT(hub.Add(stream), testing::IsOk());
  {
    absl::MutexLock lock(&stream->mu);
    stream->mu.Await(absl::Condition(
        +[](int* wakes) { return *wakes >= 3; }, &stream->wakes));
  }
  hub.Close();
  EXPECT_THAT(stream->end, testing::StatusIs(absl::StatusCode::kUnavailable, "stopping"));
  EXPECT_THAT(hub.Add(stream), testing::StatusIs(absl::StatusCode::kUnavailable, "stopping"));
}

TEST(StreamHub, BoundsTheStreamsAndForgetsThoseThatAreGone) {
  StreamHub hub(Tick());
  std::vector<std::shared_ptr<CountingStream>> streams;
  for (size_t i = 0; i < StreamHub::kStreamsMax; ++i) {
    streams.push_back(std::make_shared<CountingStream>());
    ASSERT_THAT(hub.Add(streams.back()), testing::IsOk());
  }
  EXPECT_THAT(hub.Add(std::make_shared<CountingStream>()),
              testing::StatusIs(absl::StatusCode::kResourceExhausted, "want at most 256"));
  // The hub's thread may hold a stream while it wakes it.
  while (streams.back().use_count() > 1) std::this_thread::yield();
  streams.pop_back();
  EXPECT_THAT(hub.Add(std::make_shared<CountingStream>()), testing::IsOk());
}

}  // namespace
}  // namespace distinct::service
