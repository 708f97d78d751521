// Ridges from noise: repeated filtering by a Gabor kernel that follows, at every pixel, the local
// direction and period of the ridges. Minutiae appear where the growing ridges meet.
//
//   noise at half resolution -> many passes -> twice as large -> few passes that round the ridges
//
// After Cappelli, Erol, Maio and Maltoni, "Synthetic fingerprint-image generation", ICPR 2000. We
// start from noise everywhere, not from seed points: the density of minutiae comes out natural.
#pragma once

#include <cstdint>
#include <vector>

#include "matchers/types.h"
#include "tools/synthesis/random.h"

namespace distinct::synthesis {

inline constexpr int kDirections = 32;       // over half a turn
inline constexpr float kPeriodMinPx = 6.5f;  // at 500 dpi
inline constexpr float kPeriodStepPx = 0.5f;
inline constexpr int kPeriods = 14;

// Which kernel serves a pixel.
uint16_t KernelIndex(float direction_rad, float period_px);

// What GrowRidges() follows, for every second pixel of a print in both axes.
struct GrowthPlan {
  int width = 0, height = 0;     // half those of the print
  std::vector<uint16_t> kernel;  // KernelIndex() of every place
  std::vector<int> begin, end;   // columns of every row that lie on the finger
};

// Ridge heights of the print, 2 width x 2 height: above zero a ridge, below a furrow, within
// [-1.3, 1.3]; zero off the finger. The same bytes on every CPU level.
std::vector<float> GrowRidges(Random& random, const GrowthPlan& plan, int passes);

// One row of oriented filtering: out[x] = sum over the kernel's taps of image * kernel, for x in
// [begin, end). A kernel has `rows` rows of 16 taps; image[x] is where the first tap of pixel x
// lies, and rows are `stride` apart. The sum is made in 16 lanes, one a tap column, which are then
// added in a fixed tree: every CPU level gives the same bits.
using FilterRow = void (*)(const float* image, int stride, const uint16_t* kernel_of_pixel,
                           const float* kernels, int rows, int begin, int end, float* out);
void FilterRowScalar(const float* image, int stride, const uint16_t* kernel_of_pixel,
                     const float* kernels, int rows, int begin, int end, float* out);
void FilterRowAvx2(const float* image, int stride, const uint16_t* kernel_of_pixel,
                   const float* kernels, int rows, int begin, int end, float* out);
void FilterRowAvx512(const float* image, int stride, const uint16_t* kernel_of_pixel,
                     const float* kernels, int rows, int begin, int end, float* out);

}  // namespace distinct::synthesis
