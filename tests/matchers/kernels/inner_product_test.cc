#include "matchers/kernels/inner_product.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace distinct::kernels {
namespace {

using Vector = std::vector<int8_t>;

Vector Draw(std::mt19937_64& random, int dimensions, bool extreme) {
  Vector vector(static_cast<size_t>(dimensions));
  for (int8_t& x : vector) {
    x = static_cast<int8_t>(extreme ? (random() % 2 != 0 ? 127 : -128)
                                    : static_cast<int>(random() % 256) - 128);
  }
  return vector;
}

std::vector<uint8_t> Blocks(const std::vector<Vector>& vectors, int dimensions, size_t gap) {
  std::vector<uint8_t> bytes(gap + vectors.size() / kBlockVectors * BlockBytes(dimensions));
  for (size_t v = 0; v < vectors.size(); ++v) {
    uint8_t* block = bytes.data() + gap + v / kBlockVectors * BlockBytes(dimensions);
    for (size_t d = 0; d < vectors[v].size(); ++d) {
      block[OffsetInBlock(v % kBlockVectors, d)] = StoredByte(vectors[v][d]);
    }
  }
  return bytes;
}

int64_t Product(const Vector& a, const Vector& b) {
  int64_t sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += int64_t{a[i]} * b[i];
  return sum;
}

class InnerProductLevel : public ::testing::TestWithParam<CpuLevel> {};

TEST_P(InnerProductLevel, AddsTheProductsForAnyNumberOfProbesDimensionsAndBlocks) {
  std::mt19937_64 random(11);
  for (const int dimensions : {4, 8, 60, 128, 512}) {
    for (size_t probe_count = 1; probe_count <= kPackProbes; ++probe_count) {
      for (const size_t block_count : {0, 1, 3}) {
        const bool extreme = (probe_count + block_count) % 3 == 0;
        std::vector<Vector> probes, vectors;
        for (size_t p = 0; p < probe_count; ++p) {
          probes.push_back(Draw(random, dimensions, extreme));
        }
        for (size_t v = 0; v < block_count * kBlockVectors; ++v) {
          vectors.push_back(Draw(random, dimensions, extreme));
        }
        const size_t gap = random() % 64;  // blocks may lie anywhere
        const std::vector<uint8_t> blocks = Blocks(vectors, dimensions, gap);
        const std::vector<absl::Span<const int8_t>> views(probes.begin(), probes.end());
        const ProbePack pack(views);
        std::vector<std::vector<int32_t>> sums(probe_count);
        std::vector<int32_t*> pointers;
        for (auto& sum : sums) {
          sum.assign(vectors.size(), 1000);  // added to, not written over
          pointers.push_back(sum.data());
        }
        AddInnerProductsAt(GetParam(), pack, blocks.data() + gap, block_count, pointers);
        for (size_t p = 0; p < probe_count; ++p) {
          for (size_t v = 0; v < vectors.size(); ++v) {
            ASSERT_EQ(sums[p][v], 1000 + Product(probes[p], vectors[v]))
                << dimensions << " dimensions, probe " << p << " of " << probe_count << ", vector "
                << v;
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, InnerProductLevel, ::testing::ValuesIn(SupportedLevels()),
                         [](const auto& test) { return std::string(CpuLevelName(test.param)); });

}  // namespace
}  // namespace distinct::kernels
