#include "matchers/fusion/fusion.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "matchers/check.h"

namespace distinct::fusion {
namespace {

// A calibration fitted on n non-mated pairs cannot vouch for ratios far beyond n: one finger may
// say at most e^16 (nine million), about what the pooled development sets' 17,280 non-mated pairs
// support with their tail extended by a model; it takes more than one position to say more.
constexpr double kLlrMax = 16;

// One bad capture (wet, partial, the wrong finger under the right label) must not outweigh two
// good ones, so evidence against is bounded lower than evidence for: e^-3 is the rate at which
// mated pairs score like non-mated ones on the development sets (FNMR 3 to 5 %).
constexpr double kLlrMin = -3;

double Bounded(Llr llr) {
  CHECK(!std::isnan(llr.value));
  return std::clamp(static_cast<double>(llr.value), kLlrMin, kLlrMax);
}

}  // namespace

Llr Fuse(absl::Span<const PositionEvidence> positions) {
  // Fingers of one hand are captured together, so a bad capture is shared: their failures are
  // correlated, their chance likenesses are not (different fingers of different people). Evidence
  // for therefore adds up in full; of the evidence against, each further position counts half of
  // the one before, worst first.
  std::array<double, kPositions.size()> against{};
  size_t against_count = 0;
  std::array<double, kPositions.size()> in_favour{};
  size_t in_favour_count = 0;
  CHECK(positions.size() <= kPositions.size());
  for (const PositionEvidence& position : positions) {
    const double llr = Bounded(position.llr);
    if (llr < 0) {
      against[against_count++] = llr;
    } else {
      in_favour[in_favour_count++] = llr;
    }
  }
  // Sorted, so that the sum is the same to the bit in whatever order the positions came.
  std::sort(against.data(), against.data() + against_count);
  std::sort(in_favour.data(), in_favour.data() + in_favour_count);
  double sum = 0;
  double weight = 1;
  for (size_t i = 0; i < against_count; ++i, weight /= 2) sum += weight * against[i];
  for (size_t i = 0; i < in_favour_count; ++i) sum += in_favour[i];
  return Llr{static_cast<float>(sum)};
}

}  // namespace distinct::fusion
