// The vectors of one position of a cohort: a FAISS index of int8 vectors by inner product, exact.
//
// FAISS's own 8-bit index of Debian's build is 30 to 190 times slower than the kernel below it
// (decisions/0001); as a faiss::Index the column still goes wherever FAISS's own do. Vectors lie
// in blocks of sixteen (matchers/kernels/inner_product.h) that never move once they are full:
// a view of them is scanned without a lock while others are added.
#pragma once

#include <faiss/Index.h>

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "engine/gallery/byte_column.h"

namespace distinct::gallery {

// Whole blocks, one after the other.
struct BlockRun {
  const uint8_t* blocks = nullptr;
  size_t block_count = 0;
};

// The first vectors of a column at the time of View(). Moves, but does not copy: a run may point
// into `unfinished`.
struct ColumnView {
  ColumnView() = default;
  ColumnView(ColumnView&&) = default;
  ColumnView& operator=(ColumnView&&) = default;
  std::vector<BlockRun> runs;
  std::vector<uint8_t> unfinished;  // a copy of the last block, if it is not full
};

class VectorColumn final : public faiss::Index {
 public:
  // `space` must outlive the column. REQUIRES: dimensions a positive multiple of 4.
  VectorColumn(int dimensions, ByteColumn& space);

  // Appends one. REQUIRES: of d dimensions.
  void Add(absl::Span<const int8_t> vector);
  ColumnView View() const;

  // As any faiss::Index, with numbers rounded to int8; ids are rows, ties go to the lower. Only
  // `sel` of the parameters is looked at.
  void add(idx_t n, const float* x) override;
  void search(idx_t n, const float* x, idx_t k, float* products, idx_t* rows,
              const faiss::SearchParameters* params) const override;
  void reconstruct(idx_t row, float* vector) const override;
  void reset() override;  // its space is freed with the ByteColumn

 private:
  ByteColumn& space_;
  std::vector<uint8_t*> runs_;
  size_t room_ = 0;  // rows that the runs can hold
};

}  // namespace distinct::gallery
