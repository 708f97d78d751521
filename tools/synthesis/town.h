// The people of the demo town: ten generated fingers each, captured as often as asked for.
//
//   TownPerson person(seed, 7);               // grows ten masters: about 0.15 s on one core
//   auto first = person.Capture(0);           // an enrolment's ten images
//   auto again = person.Capture(1);           // the same fingers, another day
//
// Generated people have no faces.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "matchers/types.h"
#include "tools/synthesis/impression.h"

namespace distinct::synthesis {

inline constexpr std::array<Position, 10> kTenFingers = {
    Position::kRightThumb,  Position::kRightIndex, Position::kRightMiddle, Position::kRightRing,
    Position::kRightLittle, Position::kLeftThumb,  Position::kLeftIndex,   Position::kLeftMiddle,
    Position::kLeftRing,    Position::kLeftLittle};

struct EncodedSample {
  Position position = Position::kUnknownFinger;
  std::string png;
};

inline constexpr double kSampleDpi = 500;

// Keeps its ten masters, 2 to 4 MB: let a person go once captured. Immutable after construction,
// so thread-safe. Uses the calling thread only: give people, not fingers, to TBB's threads.
class TownPerson {
 public:
  TownPerson(uint64_t seed, uint64_t person);

  // Ten images in the order of kTenFingers: a pure function of (seed, person, impression,
  // severity).
  std::vector<EncodedSample> Capture(uint32_t impression, Severity severity = {}) const;
  const std::vector<Master>& masters() const { return masters_; }

 private:
  std::vector<Master> masters_;
};

}  // namespace distinct::synthesis
