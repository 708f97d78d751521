// Second stage: of the persons passed on, those whose codes get the most votes (kernels/vote.h).
//
// A person's votes: for each position the best pair of samples, summed over positions. They rank
// the persons of one search and mean nothing across searches.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/shard.h"
#include "engine/search/probe.h"
#include "engine/search/right_of_way.h"

namespace distinct::search {

// At most `persons_max` of `voters`, by falling votes, then rising ticket; all of them, without
// counting, if they are no more. `voters` come by rising ticket. `turn`: see ForEachBlock().
// DEADLINE_EXCEEDED.
absl::StatusOr<std::vector<const gallery::Person*>> RunVotingStage(
    const PreparedPerson& probe, std::vector<const gallery::Person*> voters, size_t persons_max,
    absl::Time deadline, BatchTurn* turn);

}  // namespace distinct::search
