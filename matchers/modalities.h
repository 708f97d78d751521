// The one list of modalities. Add one: a folder beside finger/ and face/, a row in modalities.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "matchers/modality.h"

namespace distinct {

// The face models' bytes, as tools/models pins them. The caller has read the files and checked
// their sha256 (face/models.h names them); matchers never touch a disk.
struct FaceModelBytes {
  std::string detection_onnx;
  std::string landmarks_onnx;
  std::string embedding_onnx;
};

class Modalities {
 public:
  // Without face models, faces are disabled: For(kFace) is null, fingers go on working.
  // FAILED_PRECONDITION: a model file that is not the pinned one, or does not load.
  static absl::StatusOr<Modalities> Create(std::optional<FaceModelBytes> face_models);

  Modalities() = default;
  // A list of the caller's: at most one modality may serve a position.
  explicit Modalities(std::vector<std::unique_ptr<Modality>> modalities)
      : modalities_(std::move(modalities)) {}

  // Null if no modality serves the position (faces disabled). Valid as long as this object.
  const Modality* For(Position position) const {
    for (const auto& modality : modalities_) {
      if (modality->Serves(position)) return modality.get();
    }
    return nullptr;
  }
  absl::Span<const std::unique_ptr<Modality>> all() const { return modalities_; }

 private:
  std::vector<std::unique_ptr<Modality>> modalities_;
};

}  // namespace distinct
