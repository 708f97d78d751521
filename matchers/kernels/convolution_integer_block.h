// What each CPU level of ConvolveIntegers() implements: some rows of up to 64 output channels.
#pragma once

#include <cstdint>

#include "matchers/kernels/convolution_integer.h"

namespace distinct::kernels {

struct ConvolutionBlock {
  const WeightRow* weights = nullptr;  // the block's first
  int weight_rows = 0;                 // side by side in the block: 1 to 4, of 16 outputs each
  int first_output = 0;
  int first_y = 0, end_y = 0;
};

void ConvolveBlockScalar(const IntegerConvolution& task, const ConvolutionBlock& block);
void ConvolveBlockAvx2(const IntegerConvolution& task, const ConvolutionBlock& block);
void ConvolveBlockAvx512(const IntegerConvolution& task, const ConvolutionBlock& block);

// Pixels that are computed together.
template <int kPixels>
struct Tile {
  const uint8_t* in[kPixels];  // top left of the window
  int64_t out[kPixels];        // index of channel 0 in task.out or task.out_floats
};

// The pixels of a block in the order of rows. After the last one, that pixel stands in for the rest
// of its tile: it is computed again, and nothing has a tail.
template <int kPixels>
class TileWalk {
 public:
  TileWalk(const IntegerConvolution& task, const ConvolutionBlock& block)
      : task_(task), y_(block.first_y), end_y_(block.end_y) {}

  // False at the end.
  bool Next(Tile<kPixels>& tile) {
    if (y_ == end_y_) return false;
    int p = 0;
    do {
      tile.in[p] = task_.in + y_ * task_.stride * task_.in_row_bytes +
                   x_ * task_.stride * task_.in_pixel_bytes;
      tile.out[p] = task_.out != nullptr
                        ? y_ * task_.out_row_bytes + x_ * task_.out_pixel_bytes
                        : (int64_t{y_} * task_.out_width + x_) * task_.window.channels_out;
      if (++x_ == task_.out_width) {
        x_ = 0;
        ++y_;
      }
    } while (++p < kPixels && y_ != end_y_);
    for (; p < kPixels; ++p) {
      tile.in[p] = tile.in[p - 1];
      tile.out[p] = tile.out[p - 1];
    }
    return true;
  }

 private:
  const IntegerConvolution& task_;
  int x_ = 0, y_, end_y_;
};

}  // namespace distinct::kernels
