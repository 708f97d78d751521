// What a scan ranks by: which samples of a probe meet which columns of a cohort, and in which list
// of nearest persons the result competes.
//
//   a finger that both sides show once     the first few such speak together: one list for each
//                                          number of them, since sums of two and of four samples
//                                          cannot be compared
//   a finger of unknown position, several  each pair by itself, in a list of its probe's sample
//   of one position                        and the reference's position
//   a face                                 by itself, in a list of its own kind
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "matchers/types.h"

namespace distinct::gallery {

// Samples of a person that speak together at most: engine/search/decisions/0002.
inline constexpr size_t kSpeakTogetherMax = 8;

// A sample of the probe. A view.
struct ProbeVector {
  Position position = Position::kUnknownFinger;
  absl::Span<const int8_t> vector;
  bool has_codes = true;  // a sample without is not voted on, and its list is another's
};

struct ListKey {
  uint32_t together = 1;  // samples whose products were summed
  uint32_t probe = 0;     // of one sample alone: its index, and the position that it met
  Position reference = Position::kUnknownFinger;

  auto operator<=>(const ListKey&) const = default;
};

struct PlannedTerm {
  struct Pair {
    uint32_t probe = 0;
    uint32_t column = 0;
  };
  ListKey list;
  std::vector<Pair> pairs;
};

// Whether a sample of one position may show what a sample of the other shows: the same position,
// or two fingers of which at least one is unlabelled.
constexpr bool MayShowTheSame(Position probe, Position reference) {
  return probe == reference ||
         (IsFinger(probe) && IsFinger(reference) &&
          (probe == Position::kUnknownFinger || reference == Position::kUnknownFinger));
}

// `probes`: the most telling first. `columns`: the positions of the cohort's columns.
std::vector<PlannedTerm> PlanTerms(absl::Span<const ProbeVector> probes,
                                   absl::Span<const Position> columns);

}  // namespace distinct::gallery
