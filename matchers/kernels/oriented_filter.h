// Convolution with a kernel of its own for every cell of 4 x 4 pixels: contextual enhancement of
// ridges.
//
//   out(x, y) = sum over i, j of in(x + j - 11, y + i - 11) * bank[kernel_index(x / 4, y / 4)](i,
//   j)
//
// 552 multiply-adds a pixel; a 500 dpi print of 100,000 finger pixels is 55 M. Four neighbours
// share each row of a kernel while it is in registers, sixteen while it is in the L1 cache.
// Measured by bench/finger_extraction.cc.
#pragma once

#include <cstdint>

#include "matchers/kernels/cpu.h"

namespace distinct::kernels {

inline constexpr int kOrientedCellPx = 4;
inline constexpr int kOrientedRows = 23;     // 11 above and below
inline constexpr int kOrientedColumns = 24;  // 11 to the left, 12 to the right: whole registers
inline constexpr int kOrientedFloats = kOrientedRows * kOrientedColumns;
inline constexpr int kOrientedBefore = 11;
inline constexpr int kOrientedAfter = 12;
inline constexpr uint16_t kNoKernel = 0xFFFF;

struct OrientedFilterTask {
  // Pixel (0, 0); kOrientedBefore pixels before and kOrientedAfter after every pixel are readable.
  const float* in = nullptr;
  int in_stride = 0;  // floats from row to row
  int cells_x = 0;
  int cells_y = 0;
  const uint16_t* kernel_index = nullptr;  // cells_x * cells_y; kNoKernel: out is 0
  const float* bank = nullptr;             // kernels of kOrientedFloats, row by row
  float* out = nullptr;                    // 4 cells_x by 4 cells_y pixels, without padding
};

// At the active CPU level. Levels agree within 1e-5 of the sum of magnitudes (order of addition).
void FilterOriented(const OrientedFilterTask& task);
void FilterOrientedAt(CpuLevel level, const OrientedFilterTask& task);

void FilterOrientedScalar(const OrientedFilterTask& task);
void FilterOrientedAvx2(const OrientedFilterTask& task);
void FilterOrientedAvx512(const OrientedFilterTask& task);

}  // namespace distinct::kernels
