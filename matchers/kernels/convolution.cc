#include "matchers/kernels/convolution.h"

#include "matchers/check.h"

namespace distinct::kernels {
namespace {

using ConvolveFunction = void (*)(const ConvolutionTask&);
constexpr PerLevel<ConvolveFunction> kConvolve = {ConvolveScalar, ConvolveAvx2, ConvolveAvx512};

}  // namespace

void ConvolveAt(CpuLevel level, const ConvolutionTask& task) {
  CHECK(task.out_width % kConvolutionPixels == 0);
  CHECK(task.channels_out % kConvolutionChannels == 0);
  kConvolve.At(level)(task);
}

void Convolve(const ConvolutionTask& task) { ConvolveAt(ActiveLevel(), task); }

}  // namespace distinct::kernels
