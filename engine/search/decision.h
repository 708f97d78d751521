// From evidence to a band. Pure. The three-band rule is Fellegi and Sunter's (1969): accept, ask a
// person, reject; the thresholds come from the calibration's data (decisions/).
#pragma once

#include <cstdint>

#include "engine/policy.h"
#include "matchers/types.h"

namespace distinct::search {

enum class Band : uint8_t { kNone, kGrey, kHard };

inline Band BandOf(Llr llr, const Policy& policy) {
  if (llr >= policy.duplicate) return Band::kHard;
  if (llr >= policy.review) return Band::kGrey;
  return Band::kNone;
}

}  // namespace distinct::search
