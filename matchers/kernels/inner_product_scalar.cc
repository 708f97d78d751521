// The definition.
#include "matchers/kernels/inner_product.h"

namespace distinct::kernels {

void AddInnerProductsScalar(const ProbePack& pack, const uint8_t* blocks, size_t block_count,
                            int32_t* const* sums) {
  const auto row_count = static_cast<size_t>(pack.dimensions()) / 4;
  for (size_t b = 0; b < block_count; ++b) {
    const uint8_t* block = blocks + b * BlockBytes(pack.dimensions());
    for (size_t p = 0; p < pack.count(); ++p) {
      int32_t* sum = sums[p] + b * kBlockVectors;
      for (size_t g = 0; g < row_count; ++g) {
        const int8_t* probe = pack.rows() + (g * pack.count() + p) * 4;
        for (size_t v = 0; v < kBlockVectors; ++v) {
          const uint8_t* stored = block + OffsetInBlock(v, 4 * g);
          for (size_t d = 0; d < 4; ++d) sum[v] += probe[d] * FromStoredByte(stored[d]);
        }
      }
    }
  }
}

}  // namespace distinct::kernels
