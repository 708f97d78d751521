// Models and photographs for the face tests, out of the folders that the test run names.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "matchers/check.h"
#include "matchers/face/models.h"

namespace distinct::face::testing {

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  CHECK(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::filesystem::path Folder(const char* variable) {
  const char* folder = std::getenv(variable);
  CHECK(folder != nullptr);  // ctest sets it; by hand: DISTINCT_DATA=... DISTINCT_MODELS=...
  return folder;
}

inline FaceModelBytes ReadModels() {
  const std::filesystem::path folder = Folder("DISTINCT_MODELS");
  return {.detection_onnx = ReadFile(folder / PinnedModels()[0].file_name),
          .landmarks_onnx = ReadFile(folder / PinnedModels()[1].file_name),
          .embedding_onnx = ReadFile(folder / PinnedModels()[2].file_name)};
}

// The files of a set, by name.
inline std::vector<std::filesystem::path> Files(const std::string& set) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(Folder("DISTINCT_DATA") / set)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string IdentityOf(const std::filesystem::path& file) {
  const std::string name = file.stem().string();
  return name.substr(0, name.rfind('_'));
}

}  // namespace distinct::face::testing
