#include "matchers/modalities.h"

#include <utility>

#include "matchers/face/face.h"
#include "matchers/finger/finger.h"
#include "matchers/status.h"

namespace distinct {

absl::StatusOr<Modalities> Modalities::Create(std::optional<FaceModelBytes> face_models) {
  Modalities modalities;
  modalities.modalities_.push_back(finger::CreateFingerModality());
  if (face_models.has_value()) {
    ASSIGN_OR_RETURN(std::unique_ptr<Modality> face,
                     face::CreateFaceModality(*std::move(face_models)));
    modalities.modalities_.push_back(std::move(face));
  }
  return modalities;
}

}  // namespace distinct
