// The master print of a generated finger: the ridges as they are on the skin, before any capture.
// Impressions of it (impression.h) have the same minutiae in the places that distortion moved them.
//
// Calibrated by eye and by ridge period against the prints of FVC 2002 and 2004; unfit as a
// substitute for real prints when error rates are claimed.
#pragma once

#include <cstdint>
#include <vector>

#include "matchers/types.h"
#include "tools/synthesis/curve.h"
#include "tools/synthesis/orientation_field.h"
#include "tools/synthesis/ridge_growth.h"

namespace distinct::synthesis {

// A finger of a generated person. Fingers of one person are drawn independently of one another.
struct FingerKey {
  uint64_t seed = 0;
  uint64_t person = 0;
  Position position = Position::kUnknownFinger;
};

inline constexpr int kMasterWidthPx = 416;  // at 500 dpi: 21 x 24 mm of skin
inline constexpr int kMasterHeightPx = 480;

// The finger's outline: an ellipse that touches the master's border. 1 in the middle, 0 on the
// outline, below 0 off the finger.
float OnFinger(float x_px, float y_px);

struct Master {
  FingerKey key;
  PatternClass pattern = PatternClass::kArch;
  float period_px = 0;         // mean distance of ridges at 500 dpi
  std::vector<int8_t> ridges;  // kRidgeScale * height: above zero a ridge, below a furrow
  OpacityMap marks;            // creases and pores
};

// Makes masters one after the other. Owns scratch memory: thread-compatible, one a thread.
class MasterMaker {
 public:
  // A pure function of the key: the same bytes on any thread, whatever was made before. About
  // 15 ms.
  Master Make(const FingerKey& key);

 private:
  RidgeGrower grower_;
};

// The same for a single master, with scratch memory of its own.
Master MakeMaster(const FingerKey& key);

}  // namespace distinct::synthesis
