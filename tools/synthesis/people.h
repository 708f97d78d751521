// Generated people as finger templates, without images: fills galleries of millions for load and
// speed. UNFIT FOR ERROR RATES: its minutiae and codes come from the simple model below, not from
// captures, and no extractor has seen them.
//
//   finger: minutiae on the flow of a loop or whorl, a code each -> impression: pose, distortion,
//   contact, lost and false minutiae, flipped bits -> template bytes
//
// Codes are not independent bits. Each is drawn near one of 1,024 families, and the families are
// signs of 128 projections of 9 latent numbers, so that distances between strangers spread wider
// than a coin's (specified by tests/tools/synthesis/people_test.cc) and some strangers come close.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "matchers/finger/template.h"
#include "matchers/modality.h"
#include "matchers/types.h"
#include "tools/synthesis/master.h"
#include "tools/synthesis/town.h"

namespace distinct::synthesis {

// Immutable after construction, so thread-safe. Construction takes about 1 ms and 16 KiB.
class People {
 public:
  explicit People(uint64_t seed);

  // One capture of one finger: a pure function of (seed, person, position, impression). 20 to 48
  // minutiae, best first. Impressions of one finger are mated: most of their minutiae correspond,
  // and the codes of corresponding minutiae differ in some 22 of 128 bits.
  finger::FingerTemplate Finger(uint64_t person, Position position, uint32_t impression) const;

  // These fingers, serialised, in this order. 5 to 7 us each.
  std::vector<Template> Capture(uint64_t person, uint32_t impression,
                                absl::Span<const Position> fingers = kTenFingers) const;

 private:
  Code NearFamily(Random& random) const;

  uint64_t seed_;
  std::vector<Code> families_;
};

}  // namespace distinct::synthesis
