// Places in a face picture. Pixel coordinates: the centre of the top left pixel is (0, 0).
#pragma once

#include <array>

namespace distinct::face {

struct Point {
  float x_px = 0;
  float y_px = 0;
};

// May reach beyond the picture where a face is cut off by its edge.
struct Box {
  float left_px = 0;
  float top_px = 0;
  float right_px = 0;
  float bottom_px = 0;

  float width_px() const { return right_px - left_px; }
  float height_px() const { return bottom_px - top_px; }
  float area() const { return width_px() * height_px(); }
  Point centre() const { return {(left_px + right_px) / 2, (top_px + bottom_px) / 2}; }
};

// The 68-point scheme: jaw 0-16, brows 17-26, nose 27-35, eyes 36-41 and 42-47, mouth 48-67.
using Landmarks = std::array<Point, 68>;

// Eye, eye, tip of the nose, corner and corner of the mouth, the picture's left first.
using FivePoints = std::array<Point, 5>;

}  // namespace distinct::face
