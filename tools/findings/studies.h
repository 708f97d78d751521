// How often the checks of a submission (engine/enrolment/checks.h) are wrong, and what they find:
// what their thresholds are chosen by.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "matchers/modality.h"
#include "tools/distinct/json_output.h"

namespace distinct::findings {

// On sets of real prints. REPLAY of nearly the same image: the share of minutiae in place of mated
// pairs, and of each image with itself encoded anew, cropped, or lighter. MIXED_RECORD: mated pairs
// that say "another finger", by quality.
absl::StatusOr<cli::Json> StudyPrints(const Modality& finger, const std::vector<std::string>& sets);

// SAME_FINGER_TWICE and MIXED_RECORD, on `persons` of the generated town, two captures of ten
// fingers each: evidence of one finger under two positions, of a person's different fingers, and of
// mated and non-mated pairs that say "another finger", by quality.
cli::Json StudyTown(const Modality& finger, uint64_t seed, uint64_t persons);

// POSITIONS_SWAPPED: of generated people as templates, a hundred who come again with their hands
// exchanged and a hundred strangers: who is found by how many fingers, and at what cost beside the
// search itself.
absl::StatusOr<cli::Json> StudyMirrored(uint64_t seed, uint64_t persons);

}  // namespace distinct::findings
