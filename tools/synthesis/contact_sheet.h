// What the generator can do, on one picture, for the eye: a row a sensor or a fault of the capture,
// with its name above it; the same fingers in every row, their impressions side by side.
#pragma once

#include <cstdint>

#include "matchers/image/image.h"

namespace distinct::synthesis {

struct ContactSheetOptions {
  uint64_t seed = 1;
  int fingers = 2;      // of one person, the index fingers first
  int impressions = 2;  // of each finger
};

// At 250 dpi. Made with oneTBB over the rows; the same picture on any number of threads.
image::GreyImage MakeContactSheet(const ContactSheetOptions& options);

}  // namespace distinct::synthesis
