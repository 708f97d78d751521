// Ridge orientation: which way the ridges run at each place, and how sure that is.
//
// Squared-gradient averaging (Bazen and Gerez, "Systematic methods for the computation of the
// directional fields and singular points of fingerprints", IEEE TPAMI 24(7), 2002) at two scales:
// where ridges are broken the wide average carries the narrow one.
#pragma once

#include <opencv2/core.hpp>

namespace distinct::finger {

// On a grid of kFieldStepPx; cell (i, j) is centred at pixel ((j + .5) step - .5, (i + .5) step -
// .5).
inline constexpr int kFieldStepPx = 4;

// Double-angle vectors, so that cells can be averaged and interpolated: (cos 2a, sin 2a) times
// the coherence, a = direction along the ridge, counter-clockwise as displayed (y up).
struct OrientationField {
  cv::Mat1f cos2;
  cv::Mat1f sin2;

  // Along the ridge at pixel (x, y), in [-pi/2, pi/2]; bilinear.
  float AngleAt(float x_px, float y_px) const;
  // In [0, 1]: 1 where all gradients agree.
  float CoherenceAt(float x_px, float y_px) const;
};

// `image`: normalised, ridges of either sign. Size of the field: rounded up.
OrientationField EstimateOrientation(const cv::Mat1f& image);

// Means of cells of kFieldStepPx squared: a picture on the grid of the field.
cv::Mat1f ToCells(const cv::Mat1f& full);

// Bilinear value of a field grid at a pixel; edges repeated.
float SampleField(const cv::Mat1f& grid, float x_px, float y_px);

}  // namespace distinct::finger
