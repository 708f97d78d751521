// A probe beside the persons it is alike to, for the checks of a submission
// (engine/enrolment/checks.h): which samples match which, also across positions, and whether an
// image was sent before.
//
// The search has asked "is this the person?"; here the question is what is odd about the answer.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "matchers/modalities.h"

namespace distinct::search {

// A sample of the probe against one of the person.
struct InspectedPair {
  Position probe = Position::kUnknownFinger;
  Position reference = Position::kUnknownFinger;
  Llr llr;
  Quality probe_quality, reference_quality;
  bool one_image = false;  // Modality::OfOneImage(); looked at where `llr` is at least `match`
};

// Of each person in `references`: every pair that may show the same (MayShowTheSame()); then, of
// each probe finger that matches none of those, also its pairs with the person's other fingers.
// `match`: from which evidence on two samples match. About 10 us a pair, so 0.1 ms for ten fingers
// that match as they are labelled; the probe is prepared once for all.
// REQUIRES: all templates passed Validate() of their loaded modality.
std::vector<std::vector<InspectedPair>> InspectPairs(
    const Modalities& modalities, absl::Span<const Template> probe,
    absl::Span<const std::vector<Template>> references, Llr match);

}  // namespace distinct::search
