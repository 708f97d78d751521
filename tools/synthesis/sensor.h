// What a sensor makes of ink: background, contrast, tone, blur, noise, and the marks of its kind.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tools/synthesis/random.h"
#include "tools/synthesis/skin.h"

namespace distinct::synthesis {

class Sensor {
 public:
  Sensor(Random& random, Severity severity, const Condition& condition);

  // Light in [0, 1] of a row of ink; `touch` as ContactArea gives it. Not yet blurred.
  void Sense(int y_px, const Row& ink, const Row& touch, Row& light);
  // One row of pixels from the light above, here and below: blur, tone, noise.
  void Digitise(Random& random, const Row& above, const Row& here, const Row& below, uint8_t* grey);

 private:
  void BlurAlong(Row& row);
  void Texture(int y_px, const Row& touch, Row& light);
  void Window(int y_px, Row& light) const;
  void Glare(int y_px, Row& light) const;

  // A side of the window: a line down the picture, beyond which no skin is seen.
  struct Side {
    float at_top_px, at_bottom_px;
    float line;   // brightness of the edge itself, added
    float shade;  // of what lies beyond
  };

  SensorKind kind_;
  float background_, contrast_, slope_x_, slope_y_, unevenness_;
  SmoothField uneven_;
  float texture_;  // of the background, 0: none
  SmoothField texture_field_;
  float smudge_;
  float gamma_;  // above zero lighter middle tones
  float gain_;   // above 1 saturates
  float noise_, blur_centre_, blur_beside_;
  Row columns_;              // fixed pattern, empty: none
  std::vector<float> rows_;  // added, one a row; empty: none
  bool windowed_;
  std::array<Side, 2> sides_;
  bool glaring_;
  float glare_left_px_, glare_top_px_, glare_side_px_, glare_veil_, glare_light_;
  Row field_, scratch_;
};

}  // namespace distinct::synthesis
