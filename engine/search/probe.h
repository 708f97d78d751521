// The probe made ready for every stage, once a search.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/gallery/scan_plan.h"
#include "matchers/kernels/vote.h"
#include "matchers/modalities.h"

namespace distinct::search {

struct PreparedTemplate {
  Position position = Position::kUnknownFinger;
  const Modality* modality = nullptr;
  std::unique_ptr<PreparedProbe> probe;
  // Both empty if the template is not Searchable(): Cascade::Verify() needs neither.
  std::vector<int8_t> vector;
  std::optional<kernels::VoteProbe> codes;  // absent if the modality has none
};
using PreparedPerson = std::vector<PreparedTemplate>;

// INVALID_ARGUMENT: no template. FAILED_PRECONDITION: a position that no loaded modality serves.
// REQUIRES: the templates passed Validate().
absl::StatusOr<PreparedPerson> PreparePerson(const Modalities& modalities,
                                             absl::Span<const Template> templates);

using gallery::MayShowTheSame;

}  // namespace distinct::search
