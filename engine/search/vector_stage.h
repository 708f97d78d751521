// First stage: the persons whose vectors lie nearest, of everybody the probe may see.
//
// Fingers that both sides show speak together: the sum of the first few, the most telling first,
// ranks the persons; who shares fewer with the probe competes with others of as few, so that a mate
// with one finger left is near among his like. What a scan ranks by: gallery/scan_plan.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/gallery/gallery.h"
#include "engine/search/probe.h"
#include "engine/search/right_of_way.h"

namespace distinct::search {

// Whose key is less speaks first: thumbs, index fingers, and so on to the little ones, which show
// the fewest minutiae, and after all others a print with few `codes`, worn or partial. One order
// for everybody: searches that go together then read the same columns.
std::tuple<bool, int, Position> SpeakingKey(Position position, std::optional<size_t> codes);

struct VectorStageOptions {
  gallery::Visibility visibility;
  // Kept in a list, by the number of samples that speak together, less one.
  std::array<size_t, gallery::kSpeakTogetherMax> nearest_max{};
  size_t nearest_codeless_max = 0;  // kept per probe sample of a modality without codes
  bool everybody_votes = false;     // leave out the scan for modalities with codes
  absl::Time deadline = absl::InfiniteFuture();
  gallery::Announcement* announced = nullptr;
};

struct VectorStageResult {
  std::vector<const gallery::Person*> voters;    // by ticket
  std::vector<const gallery::Person*> codeless;  // by ticket; they need no vote to be compared
  uint64_t searched_count = 0;
  uint64_t gallery_count = 0;
};

// `turn`: null, or a pause before; the scan is one block, together with those of other searches.
// DEADLINE_EXCEEDED.
absl::StatusOr<VectorStageResult> RunVectorStage(const gallery::Gallery& gallery,
                                                 const PreparedPerson& probe,
                                                 const VectorStageOptions& options,
                                                 BatchTurn* turn);

}  // namespace distinct::search
