// Cylinders: how the other minutiae lie around each one, from geometry alone.
//
//   minutiae within reach, seen from one minutia -> cells of a disc x directions, each the root of
//   the sum of what lies near it in place and direction -> distance of two such lists of values
//
// Simplified from Cappelli, Ferrara and Maltoni, "Minutia Cylinder-Code", IEEE TPAMI 32(12), 2010,
// for templates that have no codes and for whatever is compared with one: decisions/0006.
//
// Integers up to one root and one division, which IEEE 754 rounds one way: the same distances on
// every CPU. Specified by tests/matchers/finger/cylinder_test.cc, measured by
// bench/finger_comparison.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "matchers/finger/template.h"

namespace distinct::finger {

// Chosen on generated prints: decisions/0006.
struct CylinderShape {
  int cells_a_side;  // of a square without its corners
  double cell_px;    // a side of a cell
  int directions;
  double spread_px, spread_rad;  // standard deviations of what counts as near a cell
};
inline constexpr CylinderShape kCylinderShape = {8, 22, 6, 8, 0.36};
inline constexpr size_t kCylinderValues =
    size_t{kCylinderShape.cells_a_side * kCylinderShape.cells_a_side - 4} *
    kCylinderShape.directions;

// One a minutia, in their order. About 17 KB.
struct Cylinders {
  size_t count = 0;
  // By cell, then by direction; 127 for one minutia in the middle of both.
  std::array<std::array<uint8_t, kCylinderValues>, kMinutiaeMax> values;
  std::array<int, kMinutiaeMax> squares;  // sum of the squared values
};

// Places are pixels in halves, directions 1/256 turns, as a template keeps them. The same when the
// print is turned or shifted, but for rounding. Allocates nothing.
// REQUIRES: three lists of one length, at most kMinutiaeMax; places in [0, 2047].
Cylinders MakeCylinders(absl::Span<const float> x_px, absl::Span<const float> y_px,
                        absl::Span<const uint8_t> turn);

// As kernels::CodeDistances() and on its scale, so that one comparison serves both: 0 alike, 41 the
// last that pairs. REQUIRES: out.size() >= probe.count * reference.count.
void CylinderDistances(const Cylinders& probe, const Cylinders& reference, absl::Span<uint8_t> out);

}  // namespace distinct::finger
