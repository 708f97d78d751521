// What the clients of one simulated life want.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/policy.h"

namespace distinct::simulation {

enum class CallKind : uint8_t { kEnrol, kErase, kSetPolicy };

// Made over and over until it is answered.
struct Call {
  CallKind kind = CallKind::kEnrol;
  std::string id;
  size_t capture = 0;    // that an enrolment shows
  bool refused = false;  // no template could be extracted
  Policy policy;         // that is to be set
  int running = 0;
  bool answered = false;
};

// Four to seven calls about one to three people, of which a third erases what another enrols, and
// some repeat one another. In half of the lives one or two more calls set policies.
std::vector<Call> DrawCalls(std::mt19937_64& random);

}  // namespace distinct::simulation
