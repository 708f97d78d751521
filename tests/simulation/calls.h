// What the clients of one simulated life want.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace distinct::simulation {

// Made over and over until it is answered.
struct Call {
  bool erases = false;
  std::string id;
  size_t capture = 0;    // that an enrolment shows
  bool refused = false;  // no template could be extracted
  int running = 0;
  bool answered = false;
};

// Four to seven calls about one to three people, of which a third erases what another enrols, and
// some repeat one another.
std::vector<Call> DrawCalls(std::mt19937_64& random);

}  // namespace distinct::simulation
