// The persons of a shard who hold samples of the same positions, in the order of their tickets:
// a row each, and a column of vectors for each position. Almost all of a register's people share
// one cohort; whoever lacks a finger stands in another.
//
//   positions | RIGHT_THUMB | RIGHT_INDEX | ...
//   row 0     | vector      | vector      | ...   Row: ticket, templates, when it was closed
//   row 1     | ...
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "engine/gallery/byte_column.h"
#include "engine/gallery/person.h"
#include "engine/gallery/vector_column.h"

namespace distinct::gallery {

// The number of the entry that closed a row; 0: open. A row may be closed while others read it;
// whoever must know of it has waited for that number.
using ClosedAt = std::atomic<uint64_t>;

inline bool HiddenAsOf(const ClosedAt& closed_at, Ticket as_of) {
  const uint64_t at = closed_at.load(std::memory_order_relaxed);
  return at != 0 && at < Number(as_of);
}

// Never moves.
struct Row {
  Person person;
  ClosedAt* closed_at = nullptr;  // close together for all rows: a scan looks there first

  bool HiddenAsOf(Ticket as_of) const { return gallery::HiddenAsOf(*closed_at, as_of); }
};

// A cohort at one moment, to be scanned without a lock while persons are added.
class CohortView {
 public:
  absl::Span<const Position> positions;
  std::vector<ColumnView> columns;
  size_t row_count = 0;

  const Row& row(size_t i) const;
  const ClosedAt& closed_at(size_t i) const;
  // Rows with a ticket < `upto`.
  size_t RowsBefore(Ticket upto) const;

 private:
  friend class Cohort;
  struct Run {
    const Row* rows;
    const ClosedAt* closed_at;
  };
  std::vector<Run> runs_;
};

// Thread-compatible; a view may be read while persons are added.
class Cohort {
 public:
  // `space` must outlive the cohort. REQUIRES for all below: `references` have the positions of
  // the first, in their order.
  Cohort(absl::Span<const PreparedReference> references, ByteColumn& space);

  // Appends a person, whose templates are copied. REQUIRES: tickets rise.
  Row& Add(Ticket ticket, absl::Span<const PreparedReference> references);
  CohortView View() const;

 private:
  Person Store(Ticket ticket, absl::Span<const PreparedReference> references);

  std::vector<Position> positions_;
  std::vector<std::unique_ptr<VectorColumn>> columns_;
  struct Run {
    explicit Run(size_t count) : rows(new Row[count]), closed_at(new ClosedAt[count]()) {}
    std::unique_ptr<Row[]> rows;
    std::unique_ptr<ClosedAt[]> closed_at;
  };
  std::vector<Run> runs_;
  size_t row_count_ = 0;
  size_t room_ = 0;  // rows that the runs can hold
  ByteColumn& space_;
};

}  // namespace distinct::gallery
