#include "tests/simulation/captures.h"

#include <random>

#include "engine/gallery/gallery.h"
#include "engine/search/cascade.h"
#include "matchers/check.h"

namespace distinct::simulation {
namespace {

constexpr int kFingers = 3;
constexpr size_t kCapturesEach = 4;

}  // namespace

const Captures& Captures::Get() {
  static const Captures captures;
  return captures;
}

Captures::Captures() {
  std::mt19937_64 random(20261124);
  for (size_t p = 0; p < kPeople; ++p) {
    const testing::PersonTemplates person = testing::DrawPerson(random, kFingers);
    for (size_t c = 0; c < kCapturesEach; ++c)
      captures_.push_back(testing::Recapture(random, person));
    // One finger of this person's on a hand of its own: alike, but not enough for a machine.
    testing::PersonTemplates lookalike = testing::DrawPerson(random, kFingers);
    lookalike.front() = testing::Recapture(random, person.front());
    captures_.push_back(std::move(lookalike));
  }

  const auto gallery = gallery::Gallery::Create(modalities_, {});
  CHECK(gallery.ok());
  const search::Cascade cascade(modalities_, **gallery, {});
  for (const testing::PersonTemplates& probe : captures_) {
    std::vector<Llr>& row = llrs_.emplace_back();
    for (const testing::PersonTemplates& reference : captures_) {
      const auto compared = cascade.Verify(probe, reference);
      CHECK(compared.ok());
      row.push_back(compared->llr);
    }
  }
  for (const Policy& policy : kPolicies) {
    bool differs = false;
    for (size_t probe = 0; probe < size(); ++probe) {
      for (size_t reference = 0; reference < size(); ++reference) {
        differs =
            differs || BandOf(probe, reference, policy) != BandOf(probe, reference, kFirstPolicy);
      }
    }
    CHECK(differs);
  }
}

}  // namespace distinct::simulation
