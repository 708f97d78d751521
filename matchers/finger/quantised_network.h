// A network of exact integer convolutions: activations of 7 bits, weights of 8.
//
//   pictures with borders -> Convolve, layer by layer, as the caller wires them -> floats
//
// File, little-endian: "DQN1"; uint32 layers; for each layer
//
//   uint32 inputs, outputs, side, stride      of a square window
//   float  input_scale                        an activation q stands for input_scale * q
//   int8   weights [outputs][inputs][side][side], -127..127
//   float  weight_scale [outputs]             a weight w stands for weight_scale * w
//   float  bias [outputs]                     in real units
//
// The first layer's input is signed: q stands for input_scale * (q - 64), so its border holds 64.
// Written by tools/training/quantise.py, which is also the oracle of tests/golden.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "matchers/kernels/convolution_integer.h"

namespace distinct::finger {

inline constexpr uint8_t kSignedZero = 64;

// Some channels of a picture of activations, 0..127. Row by row, pixel by pixel, channels
// innermost; border_px pixels beyond every edge may be read.
struct PictureView {
  uint8_t* origin = nullptr;  // the first channel of pixel (0, 0)
  int width_px = 0;
  int height_px = 0;
  int channels = 0;
  int border_px = 0;
  int64_t row_bytes = 0;
  int64_t pixel_bytes = 0;
};

// Owns its activations; the border keeps `zero`, whatever layers write inside.
class QuantisedPicture {
 public:
  QuantisedPicture(int width_px, int height_px, int channels, int border_px, uint8_t zero);

  // Valid as long as this object.
  PictureView view() { return Channels(0, channels_); }
  PictureView Channels(int first, int count);

 private:
  int width_px_, height_px_, channels_, border_px_;
  std::vector<uint8_t> values_;
};

struct LayerShape {
  int inputs = 0;
  int outputs = 0;
  int side = 0;
  int stride = 1;
};

// Immutable, so thread-safe.
class QuantisedNetwork {
 public:
  // Who reads a layer's output: another layer, by whose input_scale it is rounded, or the caller,
  // in real numbers.
  static constexpr int kCaller = -1;

  // `readers`: of each layer, in order. Without it each layer reads the one before, the caller the
  // last. REQUIRES: the bytes are a file of the format above, our own.
  explicit QuantisedNetwork(std::string_view bytes, absl::Span<const int> readers = {});

  size_t size() const { return layers_.size(); }
  const LayerShape& shape(size_t layer) const { return layers_[layer].shape; }

  // Reads side / 2 pixels beyond the edges of `in` and rectifies. REQUIRES: a layer reads it; `in`
  // has that border; `out` is one stride-th of `in`, rounded up; the channels are the layer's. A
  // layer whose inputs are no multiple of 4 reads all channels of a picture.
  void Convolve(size_t layer, const PictureView& in, const PictureView& out) const;

  // The same for a layer that the caller reads, not rectified: [y][x][output].
  void ConvolveToFloats(size_t layer, const PictureView& in, absl::Span<float> out) const;

  // A layer whose window is the whole picture, for many pictures at a time: `in`: [picture][y][x]
  // [input]; `out`: [picture][output]. The caller reads it.
  void Connect(size_t layer, absl::Span<const uint8_t> in, absl::Span<float> out) const;

 private:
  struct Layer {
    LayerShape shape;
    kernels::Window window;
    std::vector<kernels::WeightRow> weights;
    std::vector<float> scale, bias;  // of sums, in the reader's units; [outputs, rounded up to 16]
    bool caller_reads = false;
  };

  kernels::IntegerConvolution Task(const Layer& layer, const PictureView& in) const;

  std::vector<Layer> layers_;
};

}  // namespace distinct::finger
