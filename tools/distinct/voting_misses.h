// The search's voting stage by itself: how many mates would it not pass on? Codes alone, without
// geometry: kernels/vote.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "tools/distinct/image_set.h"

namespace distinct::cli {

// Votes only rank the references of one probe, so a share of them stands for a threshold.
inline constexpr double kVotingPenetration = 0.01;
inline constexpr const char* kVotingPenetrationName = "1e-2";

struct VotingMisses {
  uint64_t mated = 0;   // pairs of one set, the image that sorts first as the probe
  uint64_t missed = 0;  // of them; a pair with an image that has no codes is missed
  double Rate() const { return static_cast<double>(missed) / static_cast<double>(mated); }
};

// Of each set. `codes[s][i]`: of sets[s]->images[i], as Modality::Codes() has them, empty if it
// yielded no template. A mate is missed unless it gets more votes than all but the best
// kVotingPenetration of the images of other people, of all sets. REQUIRES: equal sizes. Runs in
// the caller's TBB arena. At most 20 million pairs are voted on: evenly spaced probes beyond.
std::vector<VotingMisses> CountVotingMisses(absl::Span<const ImageSet* const> sets,
                                            absl::Span<const std::vector<std::string>> codes);

}  // namespace distinct::cli
