// Records that are one person: the connected components of the pairs found.
//
// Single linkage on purpose: if A is B and B is C, then A is C, whatever their own comparison says
// (a worn finger in A and C may well hide it). A chain through one wrong pair joins two persons, so
// clusters are shown to an examiner with their pairs and never acted on by the machine.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "engine/crosscheck/crosscheck.h"

namespace distinct::crosscheck {

// Clusters of two or more, each sorted, by smallest member. Thread-safe.
std::vector<std::vector<Ticket>> ClustersOf(absl::Span<const Pair> pairs);

}  // namespace distinct::crosscheck
