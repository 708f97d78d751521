#include "matchers/face/models.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "face_pins.h"
#include "matchers/check.h"

namespace distinct::face {
namespace {

// Raise it with any change to the recipe (extraction.h) or to the template's bytes.
constexpr std::string_view kRecipeRevision = "distinct face recipe 1";

std::array<unsigned char, 32> Digest(std::string_view bytes) {
  std::array<unsigned char, 32> digest;
  unsigned int length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) == 1);
  CHECK(length == digest.size());
  return digest;
}

}  // namespace

const std::array<PinnedModel, 3>& PinnedModels() { return kPinnedModels; }

std::string Sha256(std::string_view bytes) {
  const auto digest = Digest(bytes);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

absl::Status CheckFaceModels(const FaceModelBytes& models) {
  const std::array<const std::string*, 3> files = {&models.detection_onnx, &models.landmarks_onnx,
                                                   &models.embedding_onnx};
  for (size_t i = 0; i < files.size(); ++i) {
    const PinnedModel& pin = PinnedModels()[i];
    const std::string got = Sha256(*files[i]);
    if (got == pin.sha256) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("models.", std::string(pin.file_name), ": got sha256 ", got, " (",
                     files[i]->size(), " bytes), want ", std::string(pin.sha256), " (", pin.bytes,
                     " bytes); run tools/models/fetch"));
  }
  return absl::OkStatus();
}

uint32_t FaceTemplateVersion() {
  std::string descriptor(kRecipeRevision);
  for (const PinnedModel& pin : PinnedModels()) {
    absl::StrAppend(&descriptor, " ", std::string(pin.sha256));
  }
  const auto digest = Digest(descriptor);
  return uint32_t{digest[0]} << 24 | uint32_t{digest[1]} << 16 | uint32_t{digest[2]} << 8 |
         uint32_t{digest[3]};
}

std::vector<std::string> FaceModelNames() {
  std::vector<std::string> names;
  for (const PinnedModel& pin : PinnedModels()) {
    names.push_back(absl::StrCat("face ", std::string(pin.kind), " ", std::string(pin.file_name),
                                 " sha256 ", std::string(pin.sha256.substr(0, 8))));
  }
  return names;
}

}  // namespace distinct::face
