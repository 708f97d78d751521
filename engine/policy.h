// The thresholds that turn evidence into a decision. A policy is immutable: a new one gets a new
// version, is an entry of the ledger, and rules the enrolments and updates with a larger number.
// Those keep it for ever, whenever they are decided.
#pragma once

#include "engine/ids.h"
#include "matchers/types.h"

namespace distinct {

struct Policy {
  PolicyVersion version{1};
  Llr duplicate;  // at or above: the same person
  Llr review;     // at or above, below `duplicate`: an examiner decides
  bool operator==(const Policy&) const = default;
};

// Of every store, until another is set. How it was found: engine/search/decisions/.
inline constexpr Policy kFirstPolicy{PolicyVersion{1}, Llr{13.8F}, Llr{6.9F}};

// Beyond all evidence: one finger's or face's is bounded at 16 (matchers/fusion), a person has
// eleven. As the threshold of a duplicate it leaves every match to an examiner.
inline constexpr Llr kThresholdMax{1000.F};

// 0 < review < duplicate <= kThresholdMax: evidence against never asks for an examiner, and there
// is always a band that does. False for what is not a number.
inline constexpr bool HasSoundThresholds(const Policy& policy) {
  return policy.review > Llr{0} && policy.review < policy.duplicate &&
         policy.duplicate <= kThresholdMax;
}

}  // namespace distinct
