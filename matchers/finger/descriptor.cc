#include "matchers/finger/descriptor.h"

#include <string>
#include <vector>

#include "matchers/check.h"
#include "matchers/finger/quantised_network.h"
#include "matchers/finger/weights.h"

namespace distinct::finger {
Code SignsOf(const DescriptorValues& values) {
  Code code;
  for (size_t i = 0; i < 64; ++i) {
    if (values[i] > 0) code.low |= uint64_t{1} << i;
    if (values[64 + i] > 0) code.high |= uint64_t{1} << i;
  }
  return code;
}

struct DescriptorNetwork::Impl {
  Impl() : network(DescriptorWeights()) {
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
    for (ptrdiff_t y = 0; y < kPatchSide; ++y) {
      ToActivations(patch.data() + y * kPatchSide, kPatchSide, first.origin + y * first.row_bytes);
    }
    last.origin = flat;
    for (size_t i = 0; i < pictures.size(); ++i) {
      const bool is_last = i + 1 == pictures.size();
      network.Convolve(i, pictures[i].view(), is_last ? last : pictures[i + 1].view());
    }
  }

  QuantisedNetwork network;
  std::vector<QuantisedPicture> pictures;  // input of each convolution
  PictureView last;                        // output of the last one
  std::vector<uint8_t> described;          // the last pictures of all patches
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
  std::vector<uint8_t>& flat = impl_->described;
  flat.resize(patches.size() * bytes);
  for (size_t i = 0; i < patches.size(); ++i) impl_->Convolve(patches[i], &flat[i * bytes]);
  impl_->network.Connect(impl_->network.size() - 1, flat,
                         {out.data()->data(), out.size() * kDescriptorValues});
  return out;
}

std::string DescriptorNetworkName() { return "finger descriptor 2, int8"; }

}  // namespace distinct::finger
