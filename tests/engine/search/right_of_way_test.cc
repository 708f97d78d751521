#include "engine/search/right_of_way.h"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"

namespace distinct::search {
namespace {

TEST(RightOfWay, IsFreeWhenTheLastPassageIsOver) {
  RightOfWay way;
  EXPECT_TRUE(way.WaitUntilFree(absl::ZeroDuration()));
  std::optional<RightOfWay::Passage> first = way.Enter();
  std::optional<RightOfWay::Passage> second = way.Enter();
  EXPECT_FALSE(way.WaitUntilFree(absl::ZeroDuration()));
  first.reset();
  EXPECT_FALSE(way.WaitUntilFree(absl::ZeroDuration()));
  second.reset();
  EXPECT_TRUE(way.WaitUntilFree(absl::ZeroDuration()));
}

TEST(RightOfWay, AMovedPassageIsOneAndOverOnce) {
  RightOfWay way;
  std::optional<RightOfWay::Passage> kept;
  {
    RightOfWay::Passage passage = way.Enter();
    kept = std::move(passage);
  }
  EXPECT_FALSE(way.WaitUntilFree(absl::ZeroDuration()));
  kept.reset();
  EXPECT_TRUE(way.WaitUntilFree(absl::ZeroDuration()));
}

TEST(RightOfWay, WhoWaitsGoesOnWhenThePassageIsOver) {
  RightOfWay way;
  std::optional<RightOfWay::Passage> passage = way.Enter();
  bool free = false;
  std::thread batch([&] { free = way.WaitUntilFree(absl::InfiniteDuration()); });
  passage.reset();
  batch.join();
  EXPECT_TRUE(free);
}

TEST(BatchTurn, KeepsASmallShareWhereOnlineWorkNeverEnds) {
  RightOfWay way;
  const RightOfWay::Passage online = way.Enter();
  BatchTurn turn(way);
  const absl::Time started = absl::Now();
  int turns = 0;
  while (turns < 3 && absl::Now() - started < absl::Seconds(10)) {
    const absl::Time before = absl::Now();
    turn.Pause();
    const absl::Time after = absl::Now();
    if (after - before >= kPatience) ++turns;
  }
  EXPECT_EQ(turns, 3);
  EXPECT_GE(absl::Now() - started, 3 * kPatience + 2 * kTurn);
}

TEST(BatchTurn, RunsBlocksOneAfterAnotherOnTheCallingThread) {
  RightOfWay way;
  BatchTurn turn(way);
  std::vector<size_t> ran;
  ForEachBlock(100, &turn, [&](size_t i) { ran.push_back(i); });  // a race, were it parallel
  std::vector<size_t> all(100);
  std::iota(all.begin(), all.end(), size_t{0});
  EXPECT_EQ(ran, all);
}

}  // namespace
}  // namespace distinct::search
