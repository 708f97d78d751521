// Inner products of a few int8 vectors with many: what the first stage of a search ranks by.
//
// Sixteen vectors to a block, four dimensions of each to a row, so that one instruction serves a
// row and a probe, and nothing is summed across a register:
//
//   row g | v0: 4g..4g+3 | v1: 4g..4g+3 | ... | v15: 4g..4g+3 |   64 bytes, x stored as x + 128
//
// Integers only: every CPU level gives the same sums. Specified by
// tests/matchers/kernels/inner_product_test.cc; measured by bench/scan.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "matchers/kernels/cpu.h"

namespace distinct::kernels {

inline constexpr size_t kBlockVectors = 16;
// Probes that meet a block while it is in registers: more gain nothing, eight cost little over one.
inline constexpr size_t kPackProbes = 8;

inline constexpr size_t BlockBytes(int dimensions) {
  return kBlockVectors * static_cast<size_t>(dimensions);
}

// Where dimension `d` of a block's vector stands in it, and as which byte.
inline constexpr size_t OffsetInBlock(size_t vector, size_t d) {
  return d / 4 * 64 + vector * 4 + d % 4;
}
inline constexpr uint8_t StoredByte(int8_t x) { return static_cast<uint8_t>(x ^ 0x80); }
inline constexpr int8_t FromStoredByte(uint8_t x) { return static_cast<int8_t>(x ^ 0x80); }

// Up to kPackProbes probes made ready to meet many blocks. Owns its data; immutable, thread-safe.
class ProbePack {
 public:
  // REQUIRES: 1 to kPackProbes probes of one dimension, a positive multiple of 4, at most 16,384.
  explicit ProbePack(absl::Span<const absl::Span<const int8_t>> probes);

  size_t count() const { return count_; }
  int dimensions() const { return dimensions_; }
  // Row g: four dimensions of the first probe, of the second, and so on.
  const int8_t* rows() const { return rows_.data(); }
  // What to add to a sum over stored bytes: they are 128 too large.
  const int32_t* corrections() const { return corrections_.data(); }

 private:
  size_t count_;
  int dimensions_;
  std::vector<int8_t> rows_;
  std::array<int32_t, kPackProbes> corrections_{};
};

// sums[p][i] += probe p . vector i, for the vectors of `block_count` consecutive blocks. Never
// allocates. REQUIRES: `level` is supported; `blocks` holds block_count * BlockBytes() bytes, at
// any alignment; pack.count() sums of kBlockVectors * block_count numbers each.
void AddInnerProductsAt(CpuLevel level, const ProbePack& pack, const uint8_t* blocks,
                        size_t block_count, absl::Span<int32_t* const> sums);

// AddInnerProductsAt() the level in use.
void AddInnerProducts(const ProbePack& pack, const uint8_t* blocks, size_t block_count,
                      absl::Span<int32_t* const> sums);

// The kernels of the levels; call AddInnerProductsAt().
void AddInnerProductsScalar(const ProbePack& pack, const uint8_t* blocks, size_t block_count,
                            int32_t* const* sums);
void AddInnerProductsAvx2(const ProbePack& pack, const uint8_t* blocks, size_t block_count,
                          int32_t* const* sums);
void AddInnerProductsAvx512(const ProbePack& pack, const uint8_t* blocks, size_t block_count,
                            int32_t* const* sums);

}  // namespace distinct::kernels
