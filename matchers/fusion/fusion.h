// From the evidence of positions to the evidence for one person.
//
// Samples of one position: the best pair counts. Positions: sum of log-likelihood ratios, each
// bounded (Nandakumar, Chen, Dass and Jain, "Likelihood ratio-based biometric score fusion",
// IEEE TPAMI 30(2), 2008), with the correlation discount of fusion.cc.
#pragma once

#include "absl/types/span.h"
#include "matchers/types.h"

namespace distinct::fusion {

struct PositionEvidence {
  Position probe = Position::kUnknownFinger;
  Position reference = Position::kUnknownFinger;
  ComparisonScore score;
  Llr llr;
};

// Evidence for one person. `positions`: the best pair of each probe position, each once.
// In nats; 0 for no position.
Llr Fuse(absl::Span<const PositionEvidence> positions);

}  // namespace distinct::fusion
