// What pressure, moisture, wear and dirt do to the ridges of one impression, row by row.
#pragma once

#include <array>
#include <vector>

#include "tools/synthesis/curve.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/smooth_field.h"

namespace distinct::synthesis {

using Row = std::vector<float>;

// A smooth field as large as an impression; none (zero everywhere) for an amplitude of 0.
SmoothField ImpressionField(Random& random, float spacing_low_px, float spacing_high_px,
                            float amplitude);

// A soft step from 0 to 1: algebraic, since exp() would be half of the time of an impression.
float Step(float slope, float value);

// Where the skin touches the sensor: an ellipse with a rough, soft edge; some captures miss a side.
class ContactArea {
 public:
  ContactArea(Random& random, Severity severity, const Condition& condition);

  // touch[x] in [0, 1] of row `y_px`, whose pixels show the places (u, v) of the master.
  void Touch(int y_px, const Row& u, const Row& v, Row& touch);

 private:
  float half_width_px_, half_height_px_, centre_x_px_, centre_y_px_;
  float softness_, roughness_;
  float cut_px_;
  SmoothField edge_;
  Row field_, scratch_;
};

// Ink: 0 none, 1 the darkest ridge.
class Skin {
 public:
  Skin(Random& random, Severity severity, const Condition& condition);

  // From heights of the master (above zero a ridge) to ink. REQUIRES: rows of one length.
  void Press(int y_px, const Row& height, const Row& touch, Row& ink);
  // Takes ink away where it is dry or cracked, adds it where it is wet.
  void Moisten(int y_px, Row& ink);
  // Scratches of this capture; creases and pores of the finger at the places (u, v) of `marks`.
  void Mark(int y_px, const Row& u, const Row& v, const Row& touch, const OpacityMap& marks,
            Row& ink);

 private:
  void DrawMoisture(Random& random, float s, const Condition& condition);
  void DryOut(int y_px, Row& ink);
  void Crack(int y_px, Row& ink);
  void Smear(int y_px, Row& ink);
  void Blot(int y_px, Row& ink);

  float pressure_;  // above zero thick ridges, below thin ones
  std::array<SmoothField, 2> thickness_;
  std::array<SmoothField, 2> noise_;
  float sharpness_;  // of the edge between ridge and furrow
  float dry_, dry_onset_;
  SmoothField dry_fine_, dry_coarse_;
  float crack_width_;  // 0: none
  SmoothField crack_where_, crack_lines_;
  float wet_;
  SmoothField wet_where_;
  bool blotted_;
  float blot_sharpness_, blot_onset_, blot_ink_;
  SmoothField blot_fine_, blot_coarse_;
  float mark_opacity_;
  OpacityMap scratches_;
  Row field_, field_too_, scratch_;
};

}  // namespace distinct::synthesis
