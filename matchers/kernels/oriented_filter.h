// Convolution with a kernel of its own at every pixel: contextual enhancement of ridges.
//
//   out(x, y) = sum over i, j of in(x + j - 11, y + i - 11) * bank[kernel_index(x, y)](i, j)
//
// 552 multiply-adds a pixel; a 500 dpi print of 100,000 finger pixels is 55 M. The bank (about
// 1 MB) is read along ridges, where neighbours share kernels, so it stays in the L2 cache.
// Measured by bench/finger_extraction.cc.
#pragma once

#include <cstdint>

#include "matchers/kernels/cpu.h"

namespace distinct::kernels {

inline constexpr int kOrientedRows = 23;     // 11 above and below
inline constexpr int kOrientedColumns = 24;  // 11 to the left, 12 to the right: whole registers
inline constexpr int kOrientedFloats = kOrientedRows * kOrientedColumns;
inline constexpr int kOrientedBefore = 11;
inline constexpr int kOrientedAfter = 12;
inline constexpr uint16_t kNoKernel = 0xFFFF;

struct OrientedFilterTask {
  const float* in = nullptr;  // pixel (0, 0); kOrientedBefore/After readable pixels around
  int in_stride = 0;          // floats from row to row
  int width_px = 0;
  int height_px = 0;
  const uint16_t* kernel_index = nullptr;  // width_px * height_px; kNoKernel: out is 0
  const float* bank = nullptr;             // kernels of kOrientedFloats, row by row
  float* out = nullptr;                    // width_px * height_px
};

// At the active CPU level. Levels agree within 1e-5 of the sum of magnitudes (order of addition).
void FilterOriented(const OrientedFilterTask& task);
void FilterOrientedAt(CpuLevel level, const OrientedFilterTask& task);

void FilterOrientedScalar(const OrientedFilterTask& task);
void FilterOrientedAvx2(const OrientedFilterTask& task);
void FilterOrientedAvx512(const OrientedFilterTask& task);

}  // namespace distinct::kernels
