// The modalities of this machine, for verbs that work without a server: reads the face models'
// files, since matchers/ never touch a disk.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "matchers/modalities.h"

namespace distinct::cli {

struct LocalModalities {
  Modalities modalities;
  std::optional<FaceModelBytes> face_models;  // for drawing, which wants more than a template
  // Why faces are disabled and what to do; empty: they are served.
  std::string faces_disabled_reason;
};

// `models_folder` empty: $DISTINCT_MODELS, else the nearest folder `models` above this program, as
// distinctd does. FAILED_PRECONDITION: a model that is not the pinned one.
absl::StatusOr<LocalModalities> LoadModalities(const std::string& models_folder);

// The modality of a position. FAILED_PRECONDITION: faces are disabled; says what to do.
absl::StatusOr<const Modality*> ModalityFor(const LocalModalities& local, Position position);

// PNG of what the extractor saw: minutiae over a print, box and points on a face. `template_bytes`
// was made from `sample`.
absl::StatusOr<std::string> DrawSample(const LocalModalities& local, const Sample& sample,
                                       std::string_view template_bytes);

}  // namespace distinct::cli
