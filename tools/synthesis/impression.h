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

  // Valid as long as this object.
  GreyView view() const {
    return {grey.data(), kImpressionWidthPx, kImpressionHeightPx, kImpressionWidthPx};
  }
};

// A pure function of its arguments. About 4 ms.
Impression MakeImpression(const Master& master, uint32_t impression, Severity severity);

}  // namespace distinct::synthesis
