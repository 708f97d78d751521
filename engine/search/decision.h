// From evidence to a band. Pure. The three-band rule is Fellegi and Sunter's (1969): accept, ask a
// person, reject; the thresholds come from the calibration's data (decisions/).
#pragma once

#include <cstdint>

#include "engine/ids.h"
#include "matchers/types.h"

namespace distinct::search {

// A policy is immutable; a new one gets a new version and rules later enrolments only.
struct Policy {
  PolicyVersion version{1};
  Llr duplicate;  // at or above: the same person
  Llr review;     // at or above, below `duplicate`: an examiner decides
};

enum class Band : uint8_t { kNone, kGrey, kHard };

inline Band BandOf(Llr llr, const Policy& policy) {
  if (llr >= policy.duplicate) return Band::kHard;
  if (llr >= policy.review) return Band::kGrey;
  return Band::kNone;
}

// The policy in force. Thresholds and their measurement: engine/search/decisions/.
Policy CurrentPolicy();

}  // namespace distinct::search
