// Captures of a few people of whom some look alike, and what the matcher says of every two of them:
// the truth that a simulation's decisions are held against. Drawn once a program.
#pragma once

#include <vector>

#include "engine/search/decision.h"
#include "matchers/modalities.h"
#include "tests/engine/search/code_modality.h"

namespace distinct::simulation {

inline constexpr search::Policy kPolicy{PolicyVersion{1}, Llr{13.8F}, Llr{6.9F}};

class Captures {
 public:
  static constexpr size_t kPeople = 3;
  static const Captures& Get();

  // The same number of each person, one person after the other.
  size_t size() const { return captures_.size(); }
  const testing::PersonTemplates& operator[](size_t capture) const { return captures_[capture]; }
  search::Band BandOf(size_t probe, size_t reference) const { return bands_[probe][reference]; }
  const Modalities& modalities() const { return modalities_; }

 private:
  Captures();

  const Modalities modalities_ = testing::CodeModalities();
  std::vector<testing::PersonTemplates> captures_;
  std::vector<std::vector<search::Band>> bands_;
};

}  // namespace distinct::simulation
