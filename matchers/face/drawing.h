// Faces for people: what the recipe saw, as `distinct extract` writes it, and two to be compared.
// Specified by tests/matchers/face.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "matchers/face/extraction.h"

namespace distinct::face {

// A PNG of the upright picture with the chosen face's box and its five points. Pure, thread-safe.
std::string DrawFace(const FoundFace& found);

// A PNG of two encoded pictures side by side, upright and scaled to one height; nothing is drawn
// over them, since a face's comparison has no parts. INVALID_ARGUMENT: one cannot be read.
absl::StatusOr<std::string> DrawBeside(std::string_view probe, std::string_view reference);

}  // namespace distinct::face
