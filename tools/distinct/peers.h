// What open fingerprint engines reach on the six FVC sets, to stand beside our own figures.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "tools/distinct/eval.h"

namespace distinct::cli {

struct Peer {
  std::string_view name;
  std::string_view parts;
  std::optional<int> failed;  // of 480 images; none: not counted
  // Percent: EER, FNMR at FMR 1 %, 0.1 %, 0.01 %, and at zero FMR.
  std::array<double, 5> percent;
};

// Measured on this day by the same evaluation contract as `distinct eval`: the same images and
// pairs, one threshold over all six sets, a failure to extract a miss.
inline constexpr std::string_view kPeersMeasured = "2026-11-23";
absl::Span<const Peer> Peers();

// Whether these are the sets the peers were measured on: by the sets' names and numbers of pairs,
// no set more and none less.
bool ArePeerSets(absl::Span<const SetScores> sets);

}  // namespace distinct::cli
