// Who comes to a registry of generated people, and in which order: a pure function of seed, number
// and scenario.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace distinct::population {

// The impression of a template-level person (synthesis/people.h) that comes.
struct Arrival {
  uint64_t person = 0;
  uint32_t impression = 0;
};

// Names of scenarios: "strangers", everybody comes once; "returns", one in ten comes twice, the
// second time at any place after the first.
std::vector<std::string> ScenarioNames();

// At most 100 M persons: 16 bytes an arrival are kept. INVALID_ARGUMENT: no such scenario.
absl::StatusOr<std::vector<Arrival>> ArrivalsOf(uint64_t seed, uint64_t persons,
                                                std::string_view scenario);

// The enrolment_id of an arrival: "p7-0", person 7's first.
std::string EnrolmentIdOf(const Arrival& arrival);

}  // namespace distinct::population
