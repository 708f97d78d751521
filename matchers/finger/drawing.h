// Pictures for people: minutiae over the print, paired minutiae of two prints side by side.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "matchers/modality.h"

namespace distinct::finger {

// PNG of the print at 500 dpi, each minutia a ring with a line along its direction: endings red,
// bifurcations blue, stronger the better its quality. `template_bytes` was made from `sample`.
// INVALID_ARGUMENT: an image or template that cannot be read.
absl::StatusOr<std::string> DrawMinutiae(const Sample& sample, std::string_view template_bytes);

// PNG of both prints at 500 dpi side by side, a line from each paired minutia to its partner,
// stronger the more it adds to the score. `explanation`: of PreparedProbe::Explain(). A sample that
// is a minutiae record is blank but for its minutiae, in both pictures.
absl::StatusOr<std::string> DrawPairs(const Sample& probe, const Sample& reference,
                                      const Explanation& explanation);

}  // namespace distinct::finger
