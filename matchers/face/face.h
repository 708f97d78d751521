// Faces as a modality: what the engine gets from this folder.
// Specified by tests/matchers/face/face_test.cc.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "matchers/modalities.h"
#include "matchers/modality.h"

namespace distinct::face {

// Checks the models' sha256, loads them once and embeds one fixed picture, so that a broken file or
// a network library that computes something else is found here and not in a search.
// FAILED_PRECONDITION: a model that is not the pinned one, or does not load. INTERNAL: it computes
// another vector than the one it was measured with.
absl::StatusOr<std::unique_ptr<Modality>> CreateFaceModality(FaceModelBytes models);

}  // namespace distinct::face
