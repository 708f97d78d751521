// The minutiae of a generated finger, found on its noiseless master: the truth that an extractor's
// minutiae are judged by and a descriptor is trained with.
//
// Thinning after Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", CACM
// 27(3), 1984; crossing numbers of 1 and 3; every branch must be 10 px long.
#pragma once

#include <vector>

#include "matchers/finger/template.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"

namespace distinct::synthesis {

// Direction as in matchers/finger/template.h: counter-clockwise as displayed, into the ridge.
struct TrueMinutia {
  Place place;
  float direction_rad = 0;  // [0, 2 pi)
  finger::MinutiaType type = finger::MinutiaType::kEnding;
};

// In master coordinates, row by row; none within 5 px of another or 12 px of the outline. Slow
// (about 10 ms): only training and tests want it.
std::vector<TrueMinutia> TrueMinutiae(const Master& master);

// Those of `in_master` that the impression shows, in its coordinates and in the same order.
// `index` of each is its place in `in_master`: equal indices are mated minutiae.
struct VisibleMinutia {
  TrueMinutia minutia;
  int index = 0;
};
std::vector<VisibleMinutia> VisibleMinutiae(const std::vector<TrueMinutia>& in_master,
                                            const Impression& impression);

}  // namespace distinct::synthesis
