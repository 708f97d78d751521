// Error versus discard: does quality tell which comparisons fail?
//
// Mated pairs are left out by rising quality (the lower of a pair's two images) and FNMR of the
// rest is taken at one threshold, fixed while nothing is left out (ISO/IEC 29794-1, error versus
// discard characteristic). Quality is a whole number, so many pairs share one: they leave together,
// in proportion, which is the mean over every order in which they could leave.
// Pure; specified by tests/tools/distinct/discard_curve_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tools/distinct/rates.h"

namespace distinct::cli {

// Of a pair with an image that yielded no template: such pairs are left out first, since the
// service refuses the image.
inline constexpr int kNoTemplateQuality = -1;

// The threshold is that of FMR 1 / kFmrDenominators[kDiscardFmrIndex].
inline constexpr size_t kDiscardFmrIndex = 1;
// The share left out at which reports say by how much FNMR falls.
inline constexpr double kDiscardShare = 0.1;

class DiscardCurve {
 public:
  explicit DiscardCurve(float threshold) : threshold_(threshold) {}

  // REQUIRES: `quality` in [0, 100] or kNoTemplateQuality.
  void Add(const WeightedScore& mated, int quality);

  // FNMR once the share `discarded` of the pairs, those of lowest quality, is left out; none
  // without a pair. REQUIRES: 0 <= discarded < 1.
  std::optional<double> FnmrAt(double discarded) const;

 private:
  static constexpr size_t kQualities = 102;  // kNoTemplateQuality, then 0 to 100

  const float threshold_;
  std::array<uint64_t, kQualities> pairs_{}, missed_{};
};

// By which share of itself FNMR falls when `discarded` of the pairs is left out: 0.3 for a fall
// from 10 % to 7 %, below 0 for a rise. None if no pair is missed at all.
std::optional<double> RelativeFall(const DiscardCurve& curve, double discarded);

}  // namespace distinct::cli
