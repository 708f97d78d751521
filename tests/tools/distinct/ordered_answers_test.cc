#include "tools/distinct/ordered_answers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

namespace distinct::cli {
namespace {

TEST(OrderedAnswers, ALineIsHandedOnAsSoonAsAllBeforeItAreAnswered) {
  std::vector<int> seen;
  OrderedAnswers answers([&](const Json& answer) { seen.push_back(answer.get<int>()); });
  answers.Put(1, 1);
  answers.Put(3, 3);
  EXPECT_TRUE(seen.empty());
  answers.Put(0, 0);
  EXPECT_EQ(seen, (std::vector<int>{0, 1}));
  answers.Put(2, 2);
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 3}));
}

TEST(OrderedAnswers, KeepTheOrderWhateverTheThreadsDo) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::vector<uint64_t> lines(500);
    std::iota(lines.begin(), lines.end(), 0);
    // Each line at most a few places away from its own, as with a few in flight.
    std::mt19937 random(seed);
    for (size_t i = 0; i + 8 < lines.size(); i += 8) {
      std::shuffle(lines.begin() + static_cast<std::ptrdiff_t>(i),
                   lines.begin() + static_cast<std::ptrdiff_t>(i + 8), random);
    }
    std::vector<uint64_t> seen;
    OrderedAnswers answers([&](const Json& answer) { seen.push_back(answer.get<uint64_t>()); });
    std::atomic<size_t> next{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (size_t i = next++; i < lines.size(); i = next++) answers.Put(lines[i], lines[i]);
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(seen.size(), lines.size());
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  }
}

TEST(OrderedAnswers, ALineTooFarAheadWaits) {
  OrderedAnswers answers([](const Json&) {});
  answers.WaitForRoom(OrderedAnswers::kAheadMax);  // returns at once
  std::atomic<bool> went_on{false};
  std::thread ahead([&] {
    answers.WaitForRoom(OrderedAnswers::kAheadMax + 1);
    went_on = true;
  });
  EXPECT_FALSE(went_on);
  answers.Put(0, 0);
  ahead.join();
  EXPECT_TRUE(went_on);
}

}  // namespace
}  // namespace distinct::cli
