// Captures of a few people of whom some look alike, and what the matcher says of every two of them:
// the truth that a simulation's decisions are held against. Drawn once a program.
#pragma once

#include <array>
#include <vector>

#include "engine/policy.h"
#include "engine/search/decision.h"
#include "matchers/modalities.h"
#include "tests/engine/search/code_modality.h"

namespace distinct::simulation {

// That a life may set: fewer go to an examiner than by the first policy, all do, or nearly none. By
// each another band than by the first belongs to some of these captures.
inline constexpr std::array<Policy, 3> kPolicies = {
    {{{}, Llr{5}, Llr{2}}, {{}, Llr{900}, Llr{5}}, {{}, Llr{13.8F}, Llr{13.7F}}}};

class Captures {
 public:
  static constexpr size_t kPeople = 3;
  static const Captures& Get();

  // The same number of each person, one person after the other.
  size_t size() const { return captures_.size(); }
  const testing::PersonTemplates& operator[](size_t capture) const { return captures_[capture]; }
  search::Band BandOf(size_t probe, size_t reference, const Policy& policy) const {
    return search::BandOf(llrs_[probe][reference], policy);
  }
  const Modalities& modalities() const { return modalities_; }

 private:
  Captures();

  const Modalities modalities_ = testing::CodeModalities();
  std::vector<testing::PersonTemplates> captures_;
  std::vector<std::vector<Llr>> llrs_;
};

}  // namespace distinct::simulation
