// Which face models this version was measured with, and whether these are they.
//
// The pins live in one file, tools/models/pins.txt; the build makes constants of it.
// Specified by tests/matchers/face/models_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "matchers/modalities.h"

namespace distinct::face {

struct PinnedModel {
  std::string_view kind;       // "detection", "landmarks", "embedding"
  std::string_view file_name;  // in the folder that tools/models/fetch fills
  size_t bytes = 0;
  std::string_view sha256;  // 64 lower-case hexadecimal digits
};

// In the order of FaceModelBytes: detection, landmarks, embedding.
const std::array<PinnedModel, 3>& PinnedModels();

// FAILED_PRECONDITION: a model that is not the pinned one; names the file, got, want, next step.
absl::Status CheckFaceModels(const FaceModelBytes& models);

// Made of the recipe's revision and the models' sha256: embeddings of different recipes or models
// are never compared, since their directions have nothing to do with one another.
uint32_t FaceTemplateVersion();

// "face embedding fr_feature.onnx sha256 87aacdfe", one a model: for status.
std::vector<std::string> FaceModelNames();

// 64 lower-case hexadecimal digits.
std::string Sha256(std::string_view bytes);

}  // namespace distinct::face
