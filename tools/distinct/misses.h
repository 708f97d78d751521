// Whose mated pairs are missed: few identities usually hold most of them.
// Pure; specified by tests/tools/distinct/misses_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "tools/distinct/eval.h"

namespace distinct::cli {

struct MissesOfIdentity {
  size_t set = 0;  // index into `sets`
  std::string identity;
  size_t missed = 0;
  size_t mated = 0;
};

// Identities with at least one miss, by falling number of misses.
std::vector<MissesOfIdentity> MissesByIdentity(absl::Span<const SetScores> sets, float threshold);

}  // namespace distinct::cli
