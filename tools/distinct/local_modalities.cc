#include "tools/distinct/local_modalities.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/model_files.h"
#include "matchers/face/drawing.h"
#include "matchers/face/extraction.h"
#include "matchers/finger/drawing.h"
#include "matchers/image/decode.h"
#include "matchers/status.h"

namespace distinct::cli {

absl::StatusOr<LocalModalities> LoadModalities(const std::string& models_folder) {
  FaceModelFiles files = ReadFaceModels(models_folder);
  LocalModalities local;
  ASSIGN_OR_RETURN(local.modalities, Modalities::Create(files.bytes));
  local.face_models = std::move(files.bytes);
  local.faces_disabled_reason = std::move(files.reason);
  return local;
}

absl::StatusOr<const Modality*> ModalityFor(const LocalModalities& local, Position position) {
  const Modality* const modality = local.modalities.For(position);
  if (modality == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("face: got no models, want the pinned ones; ", local.faces_disabled_reason));
  }
  return modality;
}

absl::StatusOr<std::string> DrawSample(const LocalModalities& local, const Sample& sample,
                                       std::string_view template_bytes) {
  if (IsFinger(sample.position)) return finger::DrawMinutiae(sample, template_bytes);
  RETURN_IF_ERROR(ModalityFor(local, sample.position).status());
  ASSIGN_OR_RETURN(const image::BgrImage picture, image::DecodeBgr(sample.image));
  ASSIGN_OR_RETURN(face::FaceFinder finder, face::FaceFinder::Create(*local.face_models));
  ASSIGN_OR_RETURN(const face::FoundFace found, finder.Find(picture));
  return face::DrawFace(found);
}

}  // namespace distinct::cli
