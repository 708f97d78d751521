// The flow of the ridges of one finger: where cores and deltas lie, and the ridge direction at any
// place of the master print.
//
// Zero-pole model: Sherlock and Monro, "A model for interpreting fingerprint topology", Pattern
// Recognition 26(7), 1993; with the correction of Vizcaya and Gerhardt, "A nonlinear orientation
// model for global description of fingerprints", Pattern Recognition 29(7), 1996.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "matchers/types.h"
#include "tools/synthesis/random.h"
#include "tools/synthesis/smooth_field.h"

namespace distinct::synthesis {

// The five Henry classes; a twin loop counts as a whorl, as in NIST's files.
enum class PatternClass : uint8_t { kArch, kTentedArch, kLeftLoop, kRightLoop, kWhorl };
std::string_view PatternClassName(PatternClass pattern);

// Immutable after construction, so thread-safe.
class OrientationField {
 public:
  // Draws a finger for `position`: the class by its natural frequency, loops mostly ulnar.
  OrientationField(Random& random, Position position, int width_px, int height_px);

  PatternClass pattern() const { return pattern_; }
  // Direction of the ridge at a pixel, in radians, counter-clockwise as displayed, modulo pi.
  float At(float x_px, float y_px) const;

 private:
  struct Pole {
    float x_px, y_px;
    float half_charge;           // +1/2 a core, -1/2 a delta
    std::array<float, 8> knots;  // correction every 45 degrees around the pole, in radians
  };

  void AddCore(Random& random, float right_px, float up_px);
  void AddDelta(Random& random, float right_px, float up_px);
  void AddLoop(Random& random);
  void AddWhorl(Random& random);
  void AddTwinLoop(Random& random);
  float ArchAt(float x_px, float y_px) const;

  PatternClass pattern_ = PatternClass::kArch;
  int width_px_, height_px_;
  float centre_x_px_, centre_y_px_;
  float tilt_rad_;
  float arch_rise_, arch_fall_;
  SmoothField wander_rad_;
  std::vector<Pole> poles_;
};

}  // namespace distinct::synthesis
