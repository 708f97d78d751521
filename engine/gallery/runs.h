// How rows that never move lie in memory: runs of consecutive rows. The columns of a cohort grow
// together and so share their runs, which are also the tiles of a scan.
#pragma once

#include <bit>
#include <cstddef>

namespace distinct::gallery {

// A run's vectors of one position, 128 KB for a finger, stay in the second-level cache while the
// probes of a scan meet them.
inline constexpr size_t kRunRows = 1024;
inline constexpr size_t kFirstRunRows = 16;

// Rows of the run that begins with row `first`, which is where another ended: 16, 16, 32, ... 512,
// then 1,024 each, so that cohorts of a few persons stay small.
constexpr size_t RunRows(size_t first) {
  if (first == 0) return kFirstRunRows;
  return first < kRunRows ? first : kRunRows;
}

struct PlaceInRuns {
  size_t run = 0;
  size_t offset = 0;  // rows into the run
};

constexpr PlaceInRuns PlaceOf(size_t row) {
  constexpr size_t kShortRuns = std::bit_width(kRunRows / kFirstRunRows);
  if (row < kFirstRunRows) return {0, row};
  if (row >= kRunRows) return {kShortRuns + row / kRunRows - 1, row % kRunRows};
  const size_t first = std::bit_floor(row);
  return {static_cast<size_t>(std::bit_width(row / kFirstRunRows)), row - first};
}

}  // namespace distinct::gallery
