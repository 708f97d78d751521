#include "matchers/kernels/inner_product.h"

#include <cstring>
#include <numeric>

#include "matchers/check.h"

namespace distinct::kernels {
namespace {

using InnerProductFunction = void (*)(const ProbePack&, const uint8_t*, size_t, int32_t* const*);
constexpr PerLevel<InnerProductFunction> kAddInnerProducts = {
    AddInnerProductsScalar, AddInnerProductsAvx2, AddInnerProductsAvx512};

}  // namespace

ProbePack::ProbePack(absl::Span<const absl::Span<const int8_t>> probes)
    : count_(probes.size()), dimensions_(0) {
  CHECK(count_ >= 1 && count_ <= kPackProbes);
  const size_t dimensions = probes[0].size();
  // Up to there no sum of products of bytes leaves 32 bits.
  CHECK(dimensions >= 4 && dimensions % 4 == 0 && dimensions <= 16384);
  dimensions_ = static_cast<int>(dimensions);
  rows_.resize(dimensions * count_);
  for (size_t p = 0; p < count_; ++p) {
    CHECK(probes[p].size() == dimensions);
    for (size_t g = 0; g < dimensions / 4; ++g) {
      std::memcpy(rows_.data() + (g * count_ + p) * 4, probes[p].data() + g * 4, 4);
    }
    corrections_[p] = -128 * std::accumulate(probes[p].begin(), probes[p].end(), int32_t{0});
  }
}

void AddInnerProductsAt(CpuLevel level, const ProbePack& pack, const uint8_t* blocks,
                        size_t block_count, absl::Span<int32_t* const> sums) {
  CHECK(sums.size() == pack.count());
  kAddInnerProducts.At(level)(pack, blocks, block_count, sums.data());
}

void AddInnerProducts(const ProbePack& pack, const uint8_t* blocks, size_t block_count,
                      absl::Span<int32_t* const> sums) {
  AddInnerProductsAt(ActiveLevel(), pack, blocks, block_count, sums);
}

}  // namespace distinct::kernels
