// Many generated prints on one picture, for the eye: a row a finger, its impressions side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "matchers/stage_sink.h"
#include "tools/synthesis/impression.h"

namespace distinct::synthesis {

struct ContactSheet {
  int width_px = 0, height_px = 0;
  std::vector<uint8_t> grey;

  // Valid as long as this object.
  GreyView view() const { return {grey.data(), width_px, height_px, width_px}; }
};

struct ContactSheetOptions {
  uint64_t seed = 1;
  int fingers = 6;      // rows; different positions of as many people as needed
  int impressions = 4;  // columns
  Severity severity;
};

// Made with oneTBB over the fingers; the same picture on any number of threads.
ContactSheet MakeContactSheet(const ContactSheetOptions& options);

}  // namespace distinct::synthesis
