#include "matchers/finger/descriptor.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "matchers/check.h"
#include "matchers/finger/quantised_network.h"
#include "matchers/finger/weights.h"

namespace distinct::finger {
namespace {

constexpr float kPatchScale = 48;
// The network's input scale is 1/25: from 48 to 25 in a unit, and the sign into the offset.
constexpr double kActivationsPerPatchUnit = 25.0;

std::array<uint8_t, 256> MakeActivations() {
  std::array<uint8_t, 256> out{};
  for (int v = -128; v < 128; ++v) {
    const auto q = kSignedZero + std::lrint(v * kActivationsPerPatchUnit / kPatchScale);
    out[static_cast<uint8_t>(v)] =
        static_cast<uint8_t>(std::clamp<int64_t>(q, 0, kernels::kActivationMax));
  }
  return out;
}

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
  Impl() : network(DescriptorWeights()), activations(MakeActivations()) {
    int side_px = kPatchSide;
    for (size_t i = 0; i + 1 < network.size(); ++i) {
      const LayerShape& shape = network.shape(i);
      pictures.emplace_back(side_px, side_px, shape.inputs, shape.side / 2,
                            i == 0 ? kSignedZero : uint8_t{0});
      side_px = (side_px + shape.stride - 1) / shape.stride;
    }
    const LayerShape& linear = network.shape(network.size() - 1);
    CHECK(linear.side == side_px && linear.outputs == kDescriptorValues);
    last = {.width_px = side_px,
            .height_px = side_px,
            .channels = linear.inputs,
            .row_bytes = int64_t{side_px} * linear.inputs,
            .pixel_bytes = linear.inputs};
  }

  size_t flat_bytes() const { return static_cast<size_t>(last.height_px * last.row_bytes); }

  // The convolutions of one patch; the last one's answer goes to flat_bytes() from `flat` on.
  void Convolve(const Patch& patch, uint8_t* flat) {
    const PictureView first = pictures[0].view();
    for (int y = 0; y < kPatchSide; ++y) {
      std::transform(patch.begin() + y * kPatchSide, patch.begin() + (y + 1) * kPatchSide,
                     first.origin + y * first.row_bytes,
                     [this](int8_t v) { return activations[static_cast<uint8_t>(v)]; });
    }
    last.origin = flat;
    for (size_t i = 0; i < pictures.size(); ++i) {
      const bool is_last = i + 1 == pictures.size();
      network.Convolve(i, pictures[i].view(), is_last ? last : pictures[i + 1].view());
    }
  }

  QuantisedNetwork network;
  std::array<uint8_t, 256> activations;    // of a patch's value, as uint8_t
  std::vector<QuantisedPicture> pictures;  // input of each convolution
  PictureView last;                        // output of the last one
};

DescriptorNetwork::DescriptorNetwork() : impl_(std::make_unique<Impl>()) {}
DescriptorNetwork::~DescriptorNetwork() = default;
DescriptorNetwork::DescriptorNetwork(DescriptorNetwork&&) noexcept = default;
DescriptorNetwork& DescriptorNetwork::operator=(DescriptorNetwork&&) noexcept = default;

std::vector<DescriptorValues> DescriptorNetwork::Describe(absl::Span<const Patch> patches) {
  std::vector<DescriptorValues> out(patches.size());
  if (patches.empty()) return out;
  // The linear layer's weights do not fit the first caches: patches share a reading of them.
  const size_t bytes = impl_->flat_bytes();
  std::vector<uint8_t> flat(patches.size() * bytes);
  for (size_t i = 0; i < patches.size(); ++i) impl_->Convolve(patches[i], &flat[i * bytes]);
  impl_->network.Connect(impl_->network.size() - 1, flat,
                         {out.data()->data(), out.size() * kDescriptorValues});
  return out;
}

std::string DescriptorNetworkName() { return "finger descriptor net3 int8"; }

}  // namespace distinct::finger
