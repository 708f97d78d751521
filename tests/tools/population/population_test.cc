#include "tools/population/population.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/status_matchers.h"

namespace distinct::population {
namespace {

using ::distinct::testing::StatusIs;

std::vector<std::string> Ids(const std::vector<Arrival>& arrivals) {
  std::vector<std::string> ids;
  for (const Arrival& arrival : arrivals) ids.push_back(EnrolmentIdOf(arrival));
  return ids;
}

TEST(Population, OfStrangersComesOnceInOrder) {
  EXPECT_EQ(Ids(ArrivalsOf(1, 4, "strangers").value()),
            (std::vector<std::string>{"p0-0", "p1-0", "p2-0", "p3-0"}));
}

TEST(Population, OneInTenReturnsAfterHavingCome) {
  const std::vector<Arrival> arrivals = ArrivalsOf(1, 10'000, "returns").value();
  std::map<uint64_t, int> times;
  for (const Arrival& arrival : arrivals) {
    EXPECT_EQ(arrival.impression, static_cast<uint32_t>(times[arrival.person]++));
  }
  ASSERT_EQ(times.size(), 10'000u);
  int twice = 0;
  for (const auto& [person, count] : times) {
    EXPECT_LE(count, 2);
    twice += count == 2;
  }
  EXPECT_NEAR(twice, 1000, 120);  // four standard deviations of the binomial
}

TEST(Population, IsAPureFunctionOfSeedNumberAndScenario) {
  const auto ids = Ids(ArrivalsOf(7, 500, "returns").value());
  EXPECT_EQ(Ids(ArrivalsOf(7, 500, "returns").value()), ids);
  EXPECT_NE(Ids(ArrivalsOf(8, 500, "returns").value()), ids);
}

TEST(Population, AnUnknownScenarioIsRefusedWithTheKnownOnes) {
  EXPECT_THAT(ArrivalsOf(1, 1, "twins"),
              StatusIs(absl::StatusCode::kInvalidArgument, "strangers, returns"));
}

}  // namespace
}  // namespace distinct::population
