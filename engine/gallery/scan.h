// The rows of a cohort whose vectors lie nearest to several probes at once.
//
// A term sums the inner products of some of a probe's samples, each with the column of its
// position: a person's fingers speak together. All terms go through a run of rows together, so
// that eight probes cost little more memory traffic than one. Integers only: the same rows for any
// number of terms, shards and threads; ties go to the lower row.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/vector_column.h"

namespace distinct::gallery {

struct ScanTerm {
  struct Pair {
    absl::Span<const int8_t> vector;
    size_t column = 0;
  };
  std::vector<Pair> pairs;  // one or more
  size_t rows = 0;          // only the first so many
  size_t nearest_max = 0;
  // If set: whether a row may be found. Asked only of rows that would be among the nearest.
  std::function<bool(size_t row)> admits;
};

struct NearRow {
  int32_t product = 0;  // the sum of the inner products
  uint32_t row = 0;
};

// For each term its nearest, by falling product, then rising row. `columns` have the same rows.
// Runs on this thread. DEADLINE_EXCEEDED.
absl::StatusOr<std::vector<std::vector<NearRow>>> ScanRows(absl::Span<const ColumnView> columns,
                                                           absl::Span<const ScanTerm> terms,
                                                           absl::Time deadline);

}  // namespace distinct::gallery
