// First stage: the persons whose vectors lie nearest, of everybody the probe may see.
//
// Shards are scanned in parallel, one TBB task each; the exact nearest of each are merged by
// (distance, ticket), so the lists are those of one big shard. Each probe sample keeps its own list
// for each position it may be: a mate must be near in one of them, not in their sum.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/gallery/gallery.h"
#include "engine/search/probe.h"

namespace distinct::search {

struct VectorStageOptions {
  gallery::Visibility visibility;
  size_t nearest_max = 0;           // kept per probe sample and reference position
  size_t nearest_codeless_max = 0;  // the same for modalities without codes
  bool everybody_votes = false;     // leave out the scan for modalities with codes
  absl::Time deadline = absl::InfiniteFuture();
};

struct VectorStageResult {
  std::vector<const gallery::Person*> voters;    // by ticket
  std::vector<const gallery::Person*> codeless;  // by ticket; they need no vote to be compared
  uint64_t searched_count = 0;
  uint64_t gallery_count = 0;
};

// DEADLINE_EXCEEDED, INTERNAL as Shard::Scan().
absl::StatusOr<VectorStageResult> RunVectorStage(const gallery::Gallery& gallery,
                                                 const PreparedPerson& probe,
                                                 const VectorStageOptions& options);

}  // namespace distinct::search
