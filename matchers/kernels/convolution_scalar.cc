#include <algorithm>

#include "matchers/kernels/convolution.h"

namespace distinct::kernels {
namespace {

// One output pixel, kConvolutionChannels of its channels.
void OnePixel(const ConvolutionTask& task, const float* in, const float* weights, const float* bias,
              float* out) {
  float sum[kConvolutionChannels];
  std::copy_n(bias, kConvolutionChannels, sum);
  for (int i = 0; i < task.side; ++i) {
    const float* row = in + i * task.in_row_floats;
    for (int64_t k = 0; k < int64_t{task.side} * task.channels_in; ++k) {
      for (int o = 0; o < kConvolutionChannels; ++o) sum[o] += row[k] * weights[o];
      weights += task.channels_out;
    }
  }
  for (int o = 0; o < kConvolutionChannels; ++o) {
    out[o] = task.rectify ? std::max(sum[o], 0.0F) : sum[o];
  }
}

}  // namespace

void ConvolveScalar(const ConvolutionTask& task) {
  for (int y = 0; y < task.out_height; ++y) {
    for (int x = 0; x < task.out_width; ++x) {
      const float* in = task.in + y * task.stride * task.in_row_floats +
                        int64_t{x} * task.stride * task.channels_in;
      float* out = task.out + y * task.out_row_floats + int64_t{x} * task.channels_out;
      for (int o = 0; o < task.channels_out; o += kConvolutionChannels) {
        OnePixel(task, in, task.weights + o, task.bias + o, out + o);
      }
    }
  }
}

}  // namespace distinct::kernels
