// Last stage: the accurate comparison of every pair of samples that may show the same, fused to
// the evidence for one person.
//
// Samples of one position: the best pair counts. An unlabelled finger gives evidence once, with
// its best counterpart, less ln m for having m to choose from: the likelihood ratio is the mean
// over the m it may be, which is at least the largest divided by m.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/shard.h"
#include "engine/search/cascade.h"
#include "engine/search/probe.h"
#include "engine/search/right_of_way.h"

namespace distinct::search {

// The probe against one person.
Candidate ComparePerson(const PreparedPerson& probe, const gallery::Person& person);

// ComparePerson() for each, by ForEachBlock(); in the order of `persons`. DEADLINE_EXCEEDED.
absl::StatusOr<std::vector<Candidate>> RunComparisonStage(
    const PreparedPerson& probe, absl::Span<const gallery::Person* const> persons,
    absl::Time deadline, BatchTurn* turn);

}  // namespace distinct::search
