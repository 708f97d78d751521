#include "engine/search/probe.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace distinct::search {

absl::StatusOr<PreparedPerson> PreparePerson(const Modalities& modalities,
                                             absl::Span<const Template> templates) {
  PreparedPerson person;
  person.reserve(templates.size());
  for (size_t i = 0; i < templates.size(); ++i) {
    const Template& features = templates[i];
    const Modality* modality = modalities.For(features.position);
    if (modality == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          "templates[", i, "].position: got ", std::string(PositionName(features.position)),
          ", want one that a loaded modality serves; see the models in the status"));
    }
    if (modalities.IsOfAnother(features)) continue;
    PreparedTemplate prepared;
    prepared.position = features.position;
    prepared.modality = modality;
    prepared.probe = modality->Prepare(features.bytes);
    if (modality->Searchable(features.bytes)) {
      prepared.vector = modality->Vector(features.bytes);
      const std::string_view codes = modality->Codes(features.bytes);
      if (!codes.empty()) prepared.codes.emplace(codes);
    }
    person.push_back(std::move(prepared));
  }
  if (person.empty()) {
    return absl::InvalidArgumentError(
        "templates: got none of a version in force, want at least one; capture a sample");
  }
  return person;
}

}  // namespace distinct::search
