// Minutiae records (matchers/formats) as templates, and templates as minutiae records.
//
//   record -> the finger's view -> best 48 minutiae -> template without codes
//
// A registry that kept no images can have these compared one to one. They cannot be searched for:
// the vector and the votes are made of codes, which need the picture (decisions/0006).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "matchers/modality.h"

namespace distinct::finger {

// Flag of an extraction from a record.
inline constexpr std::string_view kTemplateOnly = "TEMPLATE_ONLY";

// `sample.image` is a record, `sample.dpi` its picture's true resolution, 0: as it states. Quality
// is the record's, 0 where it reports none. Best minutiae first; without qualities, those in the
// middle, which another capture shows too.
// INVALID_ARGUMENT: see formats::ReadMinutiaeRecord() and ChooseView(), or a picture of more than
// 2047 px at 500 dpi. FAILED_PRECONDITION: fewer than kMinutiaeMin minutiae.
absl::StatusOr<Extraction> ExtractRecord(const Sample& sample);

// The minutiae of a template as ISO/IEC 19794-2:2005, one view. Codes have no place in it and are
// lost. REQUIRES: ValidateTemplate(template_bytes) is OK, a finger's position.
std::string WriteRecord(std::string_view template_bytes, Position position);

}  // namespace distinct::finger
