// A smooth random field of zero mean and unit variance: white noise on a grid, interpolated by
// cubic B-splines. Everything in a print that varies slowly is made of these.
#pragma once

#include <vector>

#include "tools/synthesis/random.h"

namespace distinct::synthesis {

// Immutable after construction, so thread-safe.
class SmoothField {
 public:
  SmoothField() = default;  // zero everywhere, without a grid
  // Defined for 0 <= x < width_px, 0 <= y < height_px, and continued flat beyond. What varies over
  // less than `spacing_px` is smoothed away. The values are multiplied by `amplitude`.
  SmoothField(Random& random, int width_px, int height_px, float spacing_px, float amplitude);

  bool is_zero() const { return grid_.empty(); }
  float At(float x_px, float y_px) const;
  // values[x] = At(x, y) for x in [0, values.size()), at a fraction of the cost. `scratch` keeps
  // its memory between calls.
  void Row(int y_px, std::vector<float>& scratch, std::vector<float>& values) const;

 private:
  float spacing_px_ = 1;
  float offset_x_ = 0, offset_y_ = 0;  // of the first pixel in the grid, in grid cells
  int columns_ = 0, rows_ = 0;
  std::vector<float> grid_;
};

}  // namespace distinct::synthesis
