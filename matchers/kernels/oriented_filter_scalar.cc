#include <algorithm>

#include "matchers/kernels/oriented_filter.h"

namespace distinct::kernels {
namespace {

float OnePixel(const float* in, int64_t stride, const float* kernel) {
  float sum = 0;
  for (int i = 0; i < kOrientedRows; ++i) {
    for (int j = 0; j < kOrientedColumns; ++j) sum += in[j] * kernel[j];
    in += stride;
    kernel += kOrientedColumns;
  }
  return sum;
}

}  // namespace

void FilterOrientedScalar(const OrientedFilterTask& task) {
  const int64_t width = int64_t{task.cells_x} * kOrientedCellPx;
  for (int64_t y = 0; y < int64_t{task.cells_y} * kOrientedCellPx; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const uint16_t index =
          task.kernel_index[y / kOrientedCellPx * task.cells_x + x / kOrientedCellPx];
      task.out[y * width + x] =
          index == kNoKernel
              ? 0
              : OnePixel(task.in + (y - kOrientedBefore) * task.in_stride + x - kOrientedBefore,
                         task.in_stride, task.bank + int64_t{index} * kOrientedFloats);
    }
  }
}

}  // namespace distinct::kernels
