#include <immintrin.h>

#include <cstring>

#include "matchers/kernels/convolution_integer_block.h"

#define DISTINCT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")))

namespace distinct::kernels {
namespace {

constexpr int kPixels = 6;  // a tile's: with four weight rows, 24 sums and 5 operands fill 29 of 32

// sum += in (unsigned) x w (signed), by fours. GCC 12 copies and spills the sums of the same loop
// written with the intrinsic: 155 to 260 GMAC/s instead of 320 to 420.
DISTINCT_AVX512 inline void Add(__m512i& sum, __m512i in, __m512i w) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(in), "v"(w));
}

// Outputs o to o + 15 of the tile's pixels.
template <int kRows>
DISTINCT_AVX512 inline void Store(const IntegerConvolution& task, const Tile<kPixels>& tile,
                                  const __m512i (&sum)[kPixels][kRows], int r, int o) {
  const int left = task.window.channels_out - o;
  const auto lanes = static_cast<__mmask16>(left >= kRowOutputs ? 0xFFFFU : (1U << left) - 1U);
  const __m512 scale = _mm512_maskz_loadu_ps(lanes, task.scale + o);
  const __m512 bias = _mm512_maskz_loadu_ps(lanes, task.bias + o);
  float* const floats = task.out_floats;
  uint8_t* const bytes = task.out;
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) {
    const __m512 value = _mm512_fmadd_ps(_mm512_maskz_cvtepi32_ps(0xFFFF, sum[p][r]), scale, bias);
    if (floats != nullptr) {
      _mm512_mask_storeu_ps(floats + tile.out[p] + o, lanes, value);
      continue;
    }
    const __m512 clamped =
        _mm512_maskz_min_ps(0xFFFF, _mm512_maskz_max_ps(0xFFFF, value, _mm512_setzero_ps()),
                            _mm512_set1_ps(kActivationMax));
    const __m512i rounded = _mm512_maskz_cvtps_epi32(0xFFFF, clamped);
    _mm_mask_storeu_epi8(bytes + tile.out[p] + o, lanes,
                         _mm512_maskz_cvtepi32_epi8(0xFFFF, rounded));
  }
}

template <int kRows>
DISTINCT_AVX512 inline void ComputeTile(const IntegerConvolution& task, const Tile<kPixels>& tile,
                                        const WeightRow* weights, int o) {
  __m512i sum[kPixels][kRows];
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) sum[p][r] = _mm512_setzero_si512();
  }
  const uint8_t* const from[kPixels] = {tile.in[0], tile.in[1], tile.in[2],
                                        tile.in[3], tile.in[4], tile.in[5]};
  for (int i = 0; i < task.window.rows; ++i) {
    for (int j = 0; j < task.window.columns; ++j) {
      int64_t at = i * task.in_row_bytes + j * task.in_pixel_bytes;
      const int64_t end = at + task.window.channels_in;
      do {
        __m512i w[kRows];
#pragma GCC unroll 8
        for (int r = 0; r < kRows; ++r) w[r] = _mm512_load_si512(weights + r);
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) {
          int four = 0;
          std::memcpy(&four, from[p] + at, sizeof(four));
          const __m512i in = _mm512_set1_epi32(four);
#pragma GCC unroll 8
          for (int r = 0; r < kRows; ++r) Add(sum[p][r], in, w[r]);
        }
        weights += kRows;
        at += 4;
      } while (at != end);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) Store<kRows>(task, tile, sum, r, o + kRowOutputs * r);
}

template <int kRows>
DISTINCT_AVX512 void ComputeTiles(const IntegerConvolution& task, const ConvolutionBlock& block) {
  TileWalk<kPixels> walk(task, block);
  Tile<kPixels> tile;
  while (walk.Next(tile)) ComputeTile<kRows>(task, tile, block.weights, block.first_output);
}

}  // namespace

DISTINCT_AVX512 void ConvolveBlockAvx512(const IntegerConvolution& task,
                                         const ConvolutionBlock& block) {
  if (block.weight_rows == 4) ComputeTiles<4>(task, block);
  if (block.weight_rows == 3) ComputeTiles<3>(task, block);
  if (block.weight_rows == 2) ComputeTiles<2>(task, block);
  if (block.weight_rows == 1) ComputeTiles<1>(task, block);
}

}  // namespace distinct::kernels
