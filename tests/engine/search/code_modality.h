// A modality small enough to have an oracle: a template is its codes, the score how many of them
// have a near counterpart. For ties, faults and laws of the engine; error rates need real fingers.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "matchers/modalities.h"
#include "matchers/modality.h"

namespace distinct::testing {

inline std::vector<Code> CodesOf(std::string_view bytes) {
  std::vector<Code> codes(bytes.size() / sizeof(Code));
  if (!codes.empty()) std::memcpy(codes.data(), bytes.data(), codes.size() * sizeof(Code));
  return codes;
}

inline std::string BytesOf(const std::vector<Code>& codes) {
  std::string bytes(codes.size() * sizeof(Code), '\0');
  if (!codes.empty()) std::memcpy(bytes.data(), codes.data(), bytes.size());
  return bytes;
}

class CodeProbe : public PreparedProbe {
 public:
  explicit CodeProbe(std::string_view bytes) : codes_(CodesOf(bytes)) {}

  ComparisonScore Compare(std::string_view reference) const override {
    float near = 0;
    for (const Code& p : codes_) {
      int nearest = 128;
      for (size_t at = 0; at < reference.size(); at += sizeof(Code)) {
        Code r;
        std::memcpy(&r, reference.data() + at, sizeof(r));
        nearest = std::min(nearest, std::popcount(p.low ^ r.low) + std::popcount(p.high ^ r.high));
      }
      near += nearest < 36 ? 1.F : 0.F;
    }
    return ComparisonScore{near};
  }
  Explanation Explain(std::string_view reference) const override {
    return {Compare(reference), {}};
  }

 private:
  std::vector<Code> codes_;
};

// `first` serves one position only, or every finger. Without `votes` it has no codes, as a face.
class CodeModality : public Modality {
 public:
  struct Options {
    bool finger = true;
    bool votes = true;
  };
  explicit CodeModality(Options options) : options_(options) {}

  std::string_view name() const override { return options_.finger ? "finger" : "face"; }
  bool Serves(Position position) const override { return IsFinger(position) == options_.finger; }
  uint32_t template_version() const override { return 1; }
  std::vector<std::string> models() const override { return {}; }
  std::unique_ptr<Extractor> NewExtractor() const override { return nullptr; }
  absl::Status Validate(std::string_view bytes) const override {
    if (!bytes.empty() && bytes.size() % sizeof(Code) == 0) return absl::OkStatus();
    return absl::InvalidArgumentError("template: got another length, want whole codes; draw again");
  }
  std::unique_ptr<PreparedProbe> Prepare(std::string_view bytes) const override {
    return std::make_unique<CodeProbe>(bytes);
  }
  bool Searchable(std::string_view) const override { return true; }
  int vector_dimensions() const override { return 64; }
  // Each dimension sums one bit over the codes, so prints that share codes are near.
  std::vector<int8_t> Vector(std::string_view bytes) const override {
    std::vector<int8_t> vector(64);
    for (const Code& code : CodesOf(bytes)) {
      for (size_t bit = 0; bit < 64; ++bit) {
        const int step = ((code.low >> bit) & 1) != 0 ? 3 : -3;
        vector[bit] = static_cast<int8_t>(std::clamp(vector[bit] + step, -127, 127));
      }
    }
    return vector;
  }
  std::string_view Codes(std::string_view bytes) const override {
    return options_.votes ? bytes : std::string_view();
  }
  Llr Calibrate(ComparisonScore score) const override { return Llr{2 * score.value - 3}; }
  Quality QualityOf(std::string_view) const override { return Quality{80}; }

 private:
  Options options_;
};

inline Modalities CodeModalities(bool with_face = false) {
  std::vector<std::unique_ptr<Modality>> modalities;
  modalities.push_back(std::make_unique<CodeModality>(CodeModality::Options{}));
  if (with_face) {
    modalities.push_back(std::make_unique<CodeModality>(CodeModality::Options{false, false}));
  }
  return Modalities(std::move(modalities));
}

inline Template DrawTemplate(std::mt19937_64& random, Position position, int codes) {
  std::vector<Code> drawn(static_cast<size_t>(codes));
  for (Code& code : drawn) code = {random(), random()};
  return {position, 1, Quality{80}, BytesOf(drawn)};
}

// Another capture: a quarter of the codes lost, the others with one bit in 16 flipped.
inline Template Recapture(std::mt19937_64& random, const Template& features) {
  std::vector<Code> codes = CodesOf(features.bytes);
  for (Code& code : codes) {
    code.low ^= random() & random() & random() & random();
    code.high ^= random() & random() & random() & random();
    if (random() % 4 == 0) code = {random(), random()};
  }
  Template again = features;
  again.bytes = BytesOf(codes);
  return again;
}

using PersonTemplates = std::vector<Template>;

inline PersonTemplates DrawPerson(std::mt19937_64& random, int fingers, int codes = 12) {
  PersonTemplates person;
  for (int i = 1; i <= fingers; ++i) {
    person.push_back(DrawTemplate(random, *PositionFromNumber(i), codes));
  }
  return person;
}

inline PersonTemplates Recapture(std::mt19937_64& random, const PersonTemplates& person) {
  PersonTemplates again;
  for (const Template& features : person) again.push_back(Recapture(random, features));
  return again;
}

}  // namespace distinct::testing
