#include "tools/population/population.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/synthesis/random.h"

namespace distinct::population {
namespace {

constexpr uint64_t kReturnStream = 31;
constexpr float kReturnShare = 0.1f;

}  // namespace

std::vector<std::string> ScenarioNames() { return {"strangers", "returns"}; }

absl::StatusOr<std::vector<Arrival>> ArrivalsOf(uint64_t seed, uint64_t persons,
                                                std::string_view scenario) {
  if (scenario != "strangers" && scenario != "returns") {
    return absl::InvalidArgumentError(absl::StrCat("scenario: got ", std::string(scenario),
                                                   ", want one of ",
                                                   absl::StrJoin(ScenarioNames(), ", ")));
  }
  std::vector<std::vector<uint64_t>> returning;  // after the arrival of each person: who is back
  synthesis::Random random{seed, kReturnStream};
  if (scenario == "returns") {
    returning.resize(persons);
    for (uint64_t person = 0; person < persons; ++person) {
      if (!random.Chance(kReturnShare)) continue;
      const auto later = static_cast<uint64_t>(static_cast<double>(random.Uniform()) *
                                               static_cast<double>(persons - person));
      returning[person + later].push_back(person);
    }
  }
  std::vector<Arrival> arrivals;
  arrivals.reserve(persons);
  for (uint64_t person = 0; person < persons; ++person) {
    arrivals.push_back({person, 0});
    if (returning.empty()) continue;
    for (const uint64_t back : returning[person]) arrivals.push_back({back, 1});
  }
  return arrivals;
}

std::string EnrolmentIdOf(const Arrival& arrival) {
  return absl::StrCat("p", arrival.person, "-", arrival.impression);
}

}  // namespace distinct::population
