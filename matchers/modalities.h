// The one list of modalities. Add one: a folder beside finger/ and face/, a row in modalities.cc.
//
// It may hold several versions of one modality, which serve the same positions: the first is in
// force, the others are for the time in which the templates of a store go over to another.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "matchers/check.h"
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
  // A list of the caller's.
  explicit Modalities(std::vector<std::unique_ptr<Modality>> modalities)
      : modalities_(std::make_move_iterator(modalities.begin()),
                    std::make_move_iterator(modalities.end())) {}

  // At the end: not in force if another serves its positions.
  void Add(std::shared_ptr<const Modality> modality) { modalities_.push_back(std::move(modality)); }
  // Null if there is none.
  std::shared_ptr<const Modality> Find(std::string_view name, uint32_t version) const;
  // Puts it in force. REQUIRES: it is from Find().
  void PutInForce(const std::shared_ptr<const Modality>& modality);

  // The one in force. Null if no modality serves the position (faces disabled). Valid as long as
  // this object.
  const Modality* For(Position position) const {
    for (const auto& modality : modalities_) {
      if (modality->Serves(position)) return modality.get();
    }
    return nullptr;
  }
  // Of a version that is in the list, but not in force.
  bool IsOfAnother(const Template& features) const;
  // `templates` without those.
  std::vector<Template> InForce(absl::Span<const Template> templates) const;
  absl::Span<const std::shared_ptr<const Modality>> all() const { return modalities_; }

 private:
  std::vector<std::shared_ptr<const Modality>> modalities_;
};

inline std::shared_ptr<const Modality> Modalities::Find(std::string_view name,
                                                        uint32_t version) const {
  for (const auto& modality : modalities_) {
    if (modality->name() == name && modality->template_version() == version) return modality;
  }
  return nullptr;
}

inline void Modalities::PutInForce(const std::shared_ptr<const Modality>& modality) {
  const auto at = std::find(modalities_.begin(), modalities_.end(), modality);
  CHECK(at != modalities_.end());
  std::rotate(modalities_.begin(), at, at + 1);
}

inline bool Modalities::IsOfAnother(const Template& features) const {
  const Modality* const in_force = For(features.position);
  if (in_force == nullptr || in_force->template_version() == features.version) return false;
  return Find(in_force->name(), features.version) != nullptr;
}

inline std::vector<Template> Modalities::InForce(absl::Span<const Template> templates) const {
  std::vector<Template> in_force(templates.begin(), templates.end());
  std::erase_if(in_force, [&](const Template& features) { return IsOfAnother(features); });
  return in_force;
}

}  // namespace distinct
