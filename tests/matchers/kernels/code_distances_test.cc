#include "matchers/kernels/code_distances.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace distinct::kernels {
namespace {

std::string RandomCodes(std::mt19937_64& random, size_t count) {
  std::string out;
  for (size_t i = 0; i < 16 * count; ++i) out.push_back(static_cast<char>(random()));
  return out;
}

// Bit by bit, from the definition of a Hamming distance.
int BitsThatDiffer(const std::string& a, size_t i, const std::string& b, size_t j) {
  int out = 0;
  for (size_t bit = 0; bit < 128; ++bit) {
    const int x = a[16 * i + bit / 8] >> (bit % 8) & 1;
    const int y = b[16 * j + bit / 8] >> (bit % 8) & 1;
    out += x != y ? 1 : 0;
  }
  return out;
}

class CodeDistancesLevel : public ::testing::TestWithParam<CpuLevel> {};

TEST_P(CodeDistancesLevel, CountsTheBitsThatDifferForAnyNumberOfCodes) {
  RecordProperty("cpu_level", std::string(CpuLevelName(GetParam())));
  std::mt19937_64 random(11);
  for (size_t n = 0; n <= 50; n += 7) {
    for (size_t m = 0; m <= 50; ++m) {
      const std::string probe = RandomCodes(random, n);
      const std::string reference = RandomCodes(random, m);
      std::vector<uint8_t> got(n * m + 1, 0xEE);
      CodeDistancesAt(GetParam(), probe, reference, absl::MakeSpan(got));
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < m; ++j) {
          ASSERT_EQ(got[i * m + j], BitsThatDiffer(probe, i, reference, j)) << n << " x " << m;
        }
      }
      EXPECT_EQ(got.back(), 0xEE) << "wrote past the end at " << n << " x " << m;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryLevel, CodeDistancesLevel, ::testing::ValuesIn(SupportedLevels()),
                         [](const auto& level) { return std::string(CpuLevelName(level.param)); });

}  // namespace
}  // namespace distinct::kernels
