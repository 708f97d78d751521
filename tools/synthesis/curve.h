// A soft curve painted over a print: a crease, a scratch, a pore.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/synthesis/random.h"

namespace distinct::synthesis {

// How much of the ink is missing at every pixel: 0 nothing, 255 all.
struct OpacityMap {
  int width_px = 0, height_px = 0;
  std::vector<uint8_t> opacity;  // empty: nothing is missing anywhere

  bool is_empty() const { return opacity.empty(); }
};

struct Curve {
  float from_x_px, from_y_px, to_x_px, to_y_px;
  float bend_px;  // how far the middle lies beside the straight line
  float width_px;
  float opacity;  // in [0, 1]
};

// A curve of the given length anywhere in `map`, in any direction.
Curve RandomCurve(Random& random, const OpacityMap& map, float length_px, float bend_px,
                  float width_px, float opacity);

// Where curves cross, the stronger one stays.
void Paint(const Curve& curve, OpacityMap& map);

}  // namespace distinct::synthesis
