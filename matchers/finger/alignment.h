// Where one print lies on another: the affine map that paired minutiae ask for.
#pragma once

#include <optional>

#include "absl/types/span.h"

namespace distinct::finger {

// A place of the reference that was taken for a place of the probe.
struct PlacePair {
  float probe_x_px = 0, probe_y_px = 0;
  float reference_x_px = 0, reference_y_px = 0;
  float weight = 0;  // > 0
};

struct Alignment {
  struct Place {
    float x_px, y_px;
  };
  // Of a place of the reference, on the probe.
  Place Map(float x_px, float y_px) const;

  // By which the reference is turned, clockwise as displayed (image y runs down).
  double turn_rad = 0;

  double cosine = 1, sine = 0;
  double probe_x = 0, probe_y = 0;          // centre of the pairs on the probe
  double reference_x = 0, reference_y = 0;  // and on the reference
  double stretch_x[3] = {}, stretch_y[3] = {};
};

// Weighted rigid fit, then a correction of its residuals by an affine map that is held back (ridge
// regression): skin stretches by some per cent, four pairs must not bend a print over. Nothing if
// the pairs weigh nothing.
std::optional<Alignment> FitAlignment(absl::Span<const PlacePair> pairs);

}  // namespace distinct::finger
