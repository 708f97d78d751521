#include "matchers/finger/descriptor.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "matchers/check.h"
#include "matchers/finger/weights.h"
#include "matchers/kernels/convolution.h"

namespace distinct::finger {
namespace {

struct ConvolutionShape {
  int inputs, outputs, side, stride;
};

constexpr std::array<ConvolutionShape, 6> kConvolutions = {{{1, 16, 5, 2},
                                                            {16, 32, 3, 2},
                                                            {32, 48, 3, 1},
                                                            {48, 64, 3, 1},
                                                            {64, 96, 3, 2},
                                                            {96, 128, 3, 1}}};
constexpr int kFlat = 128 * 6 * 6;
constexpr float kPatchScale = 48;

constexpr std::array<int, 7> kSides = {48, 24, 12, 12, 12, 6, 6};  // of the picture before layer i

// One layer's weights, in the order that kernels::Convolve reads.
struct Layer {
  std::vector<float> weights;
  std::vector<float> bias;
};

// From [out][in][place] to [place][in][out].
std::vector<float> OutputsInnermost(const std::vector<float>& weights, size_t outputs,
                                    size_t inputs, size_t places) {
  std::vector<float> out(weights.size());
  for (size_t o = 0; o < outputs; ++o) {
    for (size_t c = 0; c < inputs; ++c) {
      for (size_t k = 0; k < places; ++k) {
        out[(k * inputs + c) * outputs + o] = weights[(o * inputs + c) * places + k];
      }
    }
  }
  return out;
}

std::vector<Layer> ReadLayers() {
  WeightReader reader(DescriptorWeights());
  std::vector<Layer> layers;
  const auto read = [&](size_t outputs, size_t inputs, size_t places) {
    Layer layer;
    layer.weights =
        OutputsInnermost(reader.Halves(outputs * inputs * places), outputs, inputs, places);
    layer.bias = reader.Floats(outputs);
    layers.push_back(std::move(layer));
  };
  for (const ConvolutionShape& shape : kConvolutions) {
    read(static_cast<size_t>(shape.outputs), static_cast<size_t>(shape.inputs),
         static_cast<size_t>(shape.side * shape.side));
  }
  read(kDescriptorValues, 128, kFlat / 128);  // the linear layer: places of the last picture
  CHECK(reader.AtEnd());
  return layers;
}

// A picture with a border of zeros, channels innermost; big enough for layer `i`'s input.
struct PaddedPicture {
  PaddedPicture(int side_px, int channel_count, int border_px)
      : channels(channel_count),
        border(border_px),
        row_floats(int64_t{side_px + 2 * border_px} * channel_count),
        values(static_cast<size_t>(row_floats * (side_px + 2 * border_px)), 0.0F) {}

  float* Inside() { return values.data() + border * row_floats + int64_t{border} * channels; }

  int channels, border;
  int64_t row_floats;
  std::vector<float> values;
};

}  // namespace

Patch CutPatch(const cv::Mat1f& half, const Minutia& minutia) {
  // A pixel centre (px, py) at 500 dpi lies at (px + .5) / 2 - .5 at 250 dpi.
  const float x = (minutia.x_px + 0.5F) / 2 - 0.5F;
  const float y = (minutia.y_px + 0.5F) / 2 - 0.5F;
  const float c = std::cos(minutia.direction_rad);
  const float s = std::sin(minutia.direction_rad);
  const auto right = static_cast<float>(half.cols - 1);
  const auto bottom = static_cast<float>(half.rows - 1);
  Patch out{};
  for (int j = 0; j < kPatchSide; ++j) {
    const float v = static_cast<float>(j) - (kPatchSide - 1) / 2.0F;
    for (int i = 0; i < kPatchSide; ++i) {
      const float u = static_cast<float>(i) - (kPatchSide - 1) / 2.0F;
      const float px = x + c * u + s * v;  // first axis along the direction; image y runs down
      const float py = y - s * u + c * v;
      if (px < 0 || py < 0 || px >= right || py >= bottom) continue;
      const int ix = static_cast<int>(px);
      const int iy = static_cast<int>(py);
      const float fx = px - static_cast<float>(ix);
      const float fy = py - static_cast<float>(iy);
      const float* top = half.ptr<float>(iy) + ix;
      const float* below = half.ptr<float>(iy + 1) + ix;
      const float value =
          (top[0] * (1 - fx) + top[1] * fx) * (1 - fy) + (below[0] * (1 - fx) + below[1] * fx) * fy;
      out[static_cast<size_t>(j * kPatchSide + i)] =
          static_cast<int8_t>(std::lround(value * kPatchScale));
    }
  }
  return out;
}

Code SignsOf(const DescriptorValues& values) {
  Code code;
  for (size_t i = 0; i < 64; ++i) {
    if (values[i] > 0) code.low |= uint64_t{1} << i;
    if (values[64 + i] > 0) code.high |= uint64_t{1} << i;
  }
  return code;
}

struct DescriptorNetwork::Impl {
  Impl() : layers(ReadLayers()) {
    for (size_t i = 0; i < kConvolutions.size(); ++i) {
      pictures.emplace_back(kSides[i], kConvolutions[i].inputs, kConvolutions[i].side / 2);
    }
  }

  // The six convolutions of one patch; the last one's answer goes to `flat`.
  void Convolve(const Patch& patch, float* flat) {
    PaddedPicture& first = pictures[0];
    for (int y = 0; y < kPatchSide; ++y) {
      std::transform(patch.begin() + y * kPatchSide, patch.begin() + (y + 1) * kPatchSide,
                     first.Inside() + y * first.row_floats,
                     [](int8_t v) { return static_cast<float>(v) / kPatchScale; });
    }
    for (size_t i = 0; i < kConvolutions.size(); ++i) {
      const ConvolutionShape& shape = kConvolutions[i];
      const bool last = i + 1 == kConvolutions.size();
      kernels::Convolve({.in = pictures[i].values.data(),
                         .in_row_floats = pictures[i].row_floats,
                         .channels_in = shape.inputs,
                         .weights = layers[i].weights.data(),
                         .bias = layers[i].bias.data(),
                         .channels_out = shape.outputs,
                         .side = shape.side,
                         .stride = shape.stride,
                         .out_width = kSides[i + 1],
                         .out_height = kSides[i + 1],
                         .out = last ? flat : pictures[i + 1].Inside(),
                         .out_row_floats = last ? int64_t{kSides[i + 1]} * shape.outputs
                                                : pictures[i + 1].row_floats,
                         .rectify = true});
    }
  }

  std::vector<Layer> layers;
  std::vector<PaddedPicture> pictures;  // input of each convolution
};

DescriptorNetwork::DescriptorNetwork() : impl_(std::make_unique<Impl>()) {}
DescriptorNetwork::~DescriptorNetwork() = default;
DescriptorNetwork::DescriptorNetwork(DescriptorNetwork&&) noexcept = default;
DescriptorNetwork& DescriptorNetwork::operator=(DescriptorNetwork&&) noexcept = default;

std::vector<DescriptorValues> DescriptorNetwork::Describe(absl::Span<const Patch> patches) {
  // The linear layer's weights (2.4 MB) do not fit the first caches: six patches share a reading.
  constexpr size_t kTogether = kernels::kConvolutionPixels;
  const size_t padded = (patches.size() + kTogether - 1) / kTogether * kTogether;
  std::vector<float> flat(padded * kFlat, 0.0F);
  for (size_t i = 0; i < patches.size(); ++i) impl_->Convolve(patches[i], &flat[i * kFlat]);
  std::vector<DescriptorValues> out(padded);
  kernels::Convolve({.in = flat.data(),
                     .in_row_floats = static_cast<int64_t>(flat.size()),
                     .channels_in = kFlat,
                     .weights = impl_->layers.back().weights.data(),
                     .bias = impl_->layers.back().bias.data(),
                     .channels_out = kDescriptorValues,
                     .side = 1,
                     .stride = 1,
                     .out_width = static_cast<int>(padded),
                     .out_height = 1,
                     .out = out.data()->data(),
                     .out_row_floats = static_cast<int64_t>(padded) * kDescriptorValues,
                     .rectify = false});
  out.resize(patches.size());
  return out;
}

std::string DescriptorNetworkName() { return "finger descriptor net3"; }

}  // namespace distinct::finger
