#include "engine/model_files.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "matchers/face/models.h"

namespace distinct {
namespace {

namespace fs = std::filesystem;

fs::path ModelsFolder(const std::string& given) {
  if (!given.empty()) return given;
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

std::optional<std::string> BytesOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return std::nullopt;
  return bytes;
}

}  // namespace

FaceModelFiles ReadFaceModels(const std::string& folder) {
  FaceModelBytes models;
  const std::array<std::string*, 3> targets = {&models.detection_onnx, &models.landmarks_onnx,
                                               &models.embedding_onnx};
  for (size_t i = 0; i < targets.size(); ++i) {
    const fs::path path = ModelsFolder(folder) / face::PinnedModels()[i].file_name;
    std::optional<std::string> bytes = BytesOf(path);
    if (!bytes.has_value()) {
      return {std::nullopt,
              absl::StrCat("no face model at ", path.string(),
                           "; run tools/models/fetch, or give their folder by --models")};
    }
    *targets[i] = *std::move(bytes);
  }
  return {std::move(models), ""};
}

}  // namespace distinct
