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

// Heights are kept as bytes: kRidgeScale times a height within [-1.3, 1.3].
inline constexpr float kRidgeScale = 96;

// Grows prints. Owns scratch memory, whose page faults would cost a fifth of the time if it were
// fresh for every print: thread-compatible, one a thread.
class RidgeGrower {
 public:
  // Ridge heights of the print, 2 width x 2 height, times kRidgeScale: above zero a ridge, below a
  // furrow, zero off the finger. The same bytes on every CPU level, whatever was grown before.
  std::vector<int8_t> Grow(Random& random, const GrowthPlan& plan, int passes);

 private:
  // Heights with a rim of zeros wide enough for any kernel's lanes.
  class Canvas {
   public:
    void Reset(int width, int height);
    float* row(int y) { return &values_[static_cast<size_t>((y + kRim) * stride_ + kRim)]; }
    const float* row(int y) const {
      return &values_[static_cast<size_t>((y + kRim) * stride_ + kRim)];
    }
    int stride() const { return stride_; }

   private:
    static constexpr int kRim = 16;
    int stride_ = 0;
    std::vector<float> values_;
  };

  void Seed(Random& random, const GrowthPlan& plan);
  void GrowHalf(const GrowthPlan& plan, int passes);
  void Enlarge(const GrowthPlan& plan);
  std::vector<int8_t> Finish(const GrowthPlan& plan);

  Canvas half_, half_next_, full_, full_next_;
};

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
