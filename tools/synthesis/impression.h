// A capture of a master print as a sensor would see it: dark ridges on a light background.
//
//   pose, skin distortion -> pressure, moisture, noise, creases -> contact area -> sensor
//
// Every pixel knows the place of the master that it shows, so that mated minutiae are known
// exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "matchers/stage_sink.h"
#include "tools/synthesis/master.h"
#include "tools/synthesis/smooth_field.h"

namespace distinct::synthesis {

// How far a capture is from a perfect one. 0.4: an operator who guides ten fingers, as in a
// registry. 1: volunteers told to press, twist and dry their fingers, as in FVC 2004.
struct Severity {
  float value = 0.4f;  // in [0, 1]
};

// Kinds of sensor that registries meet, told apart by what they add to a print.
enum class SensorKind : uint8_t {
  kOptical,     // plain, light background
  kWindow,      // grey textured background, a tapering lit window, a square of glare
  kCapacitive,  // low contrast, fixed pattern of rows and columns, speckle
  kSweep,       // bands of uneven gain, from joining the slices of a moving finger
};

// What a capture is made to be, for those who must know what they look at: contact sheets, tests,
// measurements. What is not set is drawn as the severity has it. In [0, 1], 0 none, 1 as bad as the
// worst that is drawn, unless said otherwise.
struct Condition {
  std::optional<SensorKind> sensor;
  std::optional<float> pressure;  // [-1.2, 2]: below zero thin ridges, above zero thick ones
  std::optional<float> dryness, cracks, wetness, blots, noise, scratches;
  std::optional<float> residue;     // opacity of what an earlier finger left on the glass
  std::optional<float> distortion;  // severity of the skin's stretch, of turn and shift
  std::optional<float> contrast;    // of the darkest ridge, a share of the background's light
  std::optional<float> reach;       // sides of the contact, a share of the picture's
};

// A capture that nothing spoils, to which one fault may be added. Sensor, contrast, pose and
// contact are left to the severity.
Condition Faultless();

inline constexpr int kImpressionWidthPx = 336;  // 500 dpi
inline constexpr int kImpressionHeightPx = 384;

struct Place {
  float x_px = 0, y_px = 0;
};

// Where the finger lay. Immutable after construction, so thread-safe.
class Pose {
 public:
  Pose(Random& random, Severity severity);

  Place ToMaster(Place impression) const;
  // Inverse by fixed-point steps; nothing where the distortion folds or the place is far outside.
  std::optional<Place> ToImpression(Place master) const;
  // ToMaster() of a whole row of the impression.
  void MapRow(int y_px, std::vector<float>& scratch, std::vector<float>& master_x_px,
              std::vector<float>& master_y_px) const;
  float rotation_rad() const { return rotation_rad_; }  // of the finger, counter-clockwise

 private:
  float rotation_rad_;
  float cosine_, sine_;
  float scale_x_, scale_y_;
  float shift_x_px_, shift_y_px_;
  SmoothField stretch_x_, stretch_y_;
};

struct Impression {
  Pose pose;
  std::vector<uint8_t> grey;     // kImpressionWidthPx x kImpressionHeightPx
  std::vector<uint8_t> contact;  // the same size: 255 where the skin touched, 0 where not
  // Mean ink where ridges and where furrows touched, before dirt and sensor: 0 none, 1 the darkest.
  // A perfect capture has some 0.9 and 0.1; dry skin loses the former, wet skin gains the latter.
  float ridge_ink = 0, furrow_ink = 0;

  // Valid as long as this object.
  GreyView view() const {
    return {grey.data(), kImpressionWidthPx, kImpressionHeightPx, kImpressionWidthPx};
  }
};

// A pure function of its arguments. About 4 ms.
Impression MakeImpression(const Master& master, uint32_t impression, Severity severity,
                          const Condition& condition = {});

}  // namespace distinct::synthesis
