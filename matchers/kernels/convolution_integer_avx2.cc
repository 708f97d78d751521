#include <immintrin.h>

#include <cstring>

#include "matchers/kernels/convolution_integer_block.h"

#define DISTINCT_AVX2 __attribute__((target("avx2,fma")))

namespace distinct::kernels {
namespace {

constexpr int kPixels = 4;  // a tile's: 8 sums, 2 registers of weights and what products need

// Eight sums of one pixel to floats.
DISTINCT_AVX2 inline __m256 Value(const IntegerConvolution& task, __m256i sum, int o) {
  return _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(task.scale + o),
                         _mm256_loadu_ps(task.bias + o));
}

// Sixteen outputs of one pixel, from `o` on.
DISTINCT_AVX2 inline void Store(const IntegerConvolution& task, __m256i low, __m256i high,
                                int64_t at, int o) {
  const int left = task.window.channels_out - o;
  const auto count = static_cast<size_t>(left < kRowOutputs ? left : kRowOutputs);
  const __m256 values[2] = {Value(task, low, o), Value(task, high, o + 8)};
  if (task.out_floats != nullptr) {
    std::memcpy(task.out_floats + at + o, values, count * sizeof(float));
    return;
  }
  __m256i rounded[2];
  for (int i = 0; i < 2; ++i) {
    const __m256 clamped = _mm256_min_ps(_mm256_max_ps(values[i], _mm256_setzero_ps()),
                                         _mm256_set1_ps(kActivationMax));
    rounded[i] = _mm256_cvtps_epi32(clamped);
  }
  const __m256i words =
      _mm256_permute4x64_epi64(_mm256_packs_epi32(rounded[0], rounded[1]), 0b11'01'10'00);
  const __m128i bytes =
      _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  if (count == kRowOutputs) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(task.out + at + o), bytes);
  } else {
    std::memcpy(task.out + at + o, &bytes, count);
  }
}

// One weight row, outputs from `o` on, of four pixels. Taps are `step` rows apart.
DISTINCT_AVX2 inline void ComputeTile(const IntegerConvolution& task, const Tile<kPixels>& tile,
                                      const WeightRow* weights, int step, int o) {
  __m256i sum[kPixels][2];
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) sum[p][0] = sum[p][1] = _mm256_setzero_si256();
  const __m256i ones = _mm256_set1_epi16(1);
  const uint8_t* const from[kPixels] = {tile.in[0], tile.in[1], tile.in[2], tile.in[3]};
  for (int i = 0; i < task.window.rows; ++i) {
    for (int j = 0; j < task.window.columns; ++j) {
      int64_t at = i * task.in_row_bytes + j * task.in_pixel_bytes;
      const int64_t end = at + task.window.channels_in;
      do {
        const auto* w = reinterpret_cast<const __m256i*>(weights);
        const __m256i low = _mm256_load_si256(w);
        const __m256i high = _mm256_load_si256(w + 1);
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) {
          int four = 0;
          std::memcpy(&four, from[p] + at, sizeof(four));
          const __m256i in = _mm256_set1_epi32(four);
          sum[p][0] =
              _mm256_add_epi32(sum[p][0], _mm256_madd_epi16(_mm256_maddubs_epi16(in, low), ones));
          sum[p][1] =
              _mm256_add_epi32(sum[p][1], _mm256_madd_epi16(_mm256_maddubs_epi16(in, high), ones));
        }
        weights += step;
        at += 4;
      } while (at != end);
    }
  }
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) Store(task, sum[p][0], sum[p][1], tile.out[p], o);
}

}  // namespace

DISTINCT_AVX2 void ConvolveBlockAvx2(const IntegerConvolution& task,
                                     const ConvolutionBlock& block) {
  for (int r = 0; r < block.weight_rows; ++r) {
    TileWalk<kPixels> walk(task, block);
    Tile<kPixels> tile;
    while (walk.Next(tile)) {
      ComputeTile(task, tile, block.weights + r, block.weight_rows,
                  block.first_output + r * kRowOutputs);
    }
  }
}

}  // namespace distinct::kernels
