// The two pictures that Distinct computes on: 8-bit grey for fingers, 8-bit BGR for faces.
#pragma once

#include <cstdint>
#include <vector>

#include "matchers/stage_sink.h"

namespace distinct::image {

// Row by row without padding: pixels.size() == width_px * height_px.
struct GreyImage {
  int width_px = 0;
  int height_px = 0;
  double dpi = 0;  // as the file states it; 0: not stated
  std::vector<uint8_t> pixels;
};

// Blue, green, red; row by row without padding: pixels.size() == 3 * width_px * height_px.
struct BgrImage {
  int width_px = 0;
  int height_px = 0;
  double dpi = 0;  // as the file states it; 0: not stated
  std::vector<uint8_t> pixels;
};

// Valid as long as `picture` is neither changed nor destroyed.
inline GreyView View(const GreyImage& picture) {
  return {picture.pixels.data(), picture.width_px, picture.height_px, picture.width_px};
}

}  // namespace distinct::image
