#include "tools/distinct/local_modalities.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "matchers/face/drawing.h"
#include "matchers/face/extraction.h"
#include "matchers/face/models.h"
#include "matchers/finger/drawing.h"
#include "matchers/image/decode.h"
#include "matchers/status.h"
#include "tools/distinct/image_set.h"

namespace distinct::cli {
namespace {

namespace fs = std::filesystem;

fs::path ModelsFolder(const std::string& models_folder) {
  if (!models_folder.empty()) return models_folder;
  if (const char* folder = std::getenv("DISTINCT_MODELS"); folder != nullptr && *folder != '\0') {
    return folder;
  }
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (fs::path folder = program.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (fs::is_directory(folder / "models", ignored)) return folder / "models";
  }
  return "models";
}

}  // namespace

absl::StatusOr<LocalModalities> LoadModalities(const std::string& models_folder) {
  const fs::path folder = ModelsFolder(models_folder);
  LocalModalities local;
  std::optional<FaceModelBytes> models(std::in_place);
  const std::array<std::string*, 3> targets = {&models->detection_onnx, &models->landmarks_onnx,
                                               &models->embedding_onnx};
  for (size_t i = 0; i < targets.size(); ++i) {
    const fs::path path = folder / face::PinnedModels()[i].file_name;
    absl::StatusOr<std::string> bytes = ReadFile(path.string());
    if (!bytes.ok()) {
      local.faces_disabled_reason = absl::StrCat("no face model at ", path.string(),
                                                 "; run tools/models/fetch or set DISTINCT_MODELS");
      models.reset();
      break;
    }
    *targets[i] = *std::move(bytes);
  }
  ASSIGN_OR_RETURN(local.modalities, Modalities::Create(models));
  local.face_models = std::move(models);
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
