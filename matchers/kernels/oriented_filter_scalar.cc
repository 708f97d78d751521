#include "matchers/kernels/oriented_filter.h"

namespace distinct::kernels {

void FilterOrientedScalar(const OrientedFilterTask& task) {
  for (int y = 0; y < task.height_px; ++y) {
    for (int x = 0; x < task.width_px; ++x) {
      const auto at = static_cast<int64_t>(y) * task.width_px + x;
      const uint16_t index = task.kernel_index[at];
      float sum = 0;
      if (index != kNoKernel) {
        const float* kernel = task.bank + static_cast<int64_t>(index) * kOrientedFloats;
        const float* in = task.in + static_cast<int64_t>(y - kOrientedBefore) * task.in_stride + x -
                          kOrientedBefore;
        for (int i = 0; i < kOrientedRows; ++i) {
          for (int j = 0; j < kOrientedColumns; ++j) sum += in[j] * kernel[j];
          in += task.in_stride;
          kernel += kOrientedColumns;
        }
      }
      task.out[at] = sum;
    }
  }
}

}  // namespace distinct::kernels
