#include "matchers/finger/descriptor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/dnn.hpp>
#include <string>

#include "matchers/check.h"
#include "matchers/finger/descriptor_weights.h"

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

// Weights in the file's order: fp16 then fp32, little-endian.
class WeightReader {
 public:
  cv::Mat Halves(const std::vector<int>& shape) {
    cv::Mat halves(shape, CV_16F);
    Copy(halves.data, halves.total() * 2);
    cv::Mat floats;
    // convertFp16 wants two dimensions.
    cv::convertFp16(halves.reshape(1, shape[0]), floats);
    return floats.reshape(1, shape);
  }
  cv::Mat Floats(int count) {
    cv::Mat floats(1, count, CV_32F);
    Copy(floats.data, static_cast<size_t>(count) * 4);
    return floats;
  }
  bool AtEnd() const { return offset_ == DescriptorWeights().size(); }

 private:
  void Copy(void* to, size_t bytes) {
    CHECK(offset_ + bytes <= DescriptorWeights().size());
    std::memcpy(to, DescriptorWeights().data() + offset_, bytes);
    offset_ += bytes;
  }
  size_t offset_ = 0;
};

cv::dnn::LayerParams ConvolutionLayer(WeightReader& reader, const ConvolutionShape& shape) {
  cv::dnn::LayerParams p;
  p.set("kernel_size", shape.side);
  p.set("stride", shape.stride);
  p.set("pad", shape.side / 2);
  p.set("num_output", shape.outputs);
  p.set("bias_term", true);
  p.blobs.push_back(reader.Halves({shape.outputs, shape.inputs, shape.side, shape.side}));
  p.blobs.push_back(reader.Floats(shape.outputs));
  return p;
}

cv::dnn::Net BuildNetwork() {
  cv::dnn::Net net;
  WeightReader reader;
  for (size_t i = 0; i < kConvolutions.size(); ++i) {
    const std::string index = std::to_string(i);
    cv::dnn::LayerParams convolution = ConvolutionLayer(reader, kConvolutions[i]);
    net.addLayerToPrev("convolution" + index, "Convolution", convolution);
    cv::dnn::LayerParams relu;
    net.addLayerToPrev("relu" + index, "ReLU", relu);
  }
  cv::dnn::LayerParams full;
  full.set("num_output", kDescriptorValues);
  full.set("bias_term", true);
  full.set("axis", 1);
  full.blobs.push_back(reader.Halves({kDescriptorValues, kFlat}));
  full.blobs.push_back(reader.Floats(kDescriptorValues));
  net.addLayerToPrev("values", "InnerProduct", full);
  CHECK(reader.AtEnd());
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  return net;
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
  cv::dnn::Net net = BuildNetwork();
};

DescriptorNetwork::DescriptorNetwork() : impl_(std::make_unique<Impl>()) {}
DescriptorNetwork::~DescriptorNetwork() = default;
DescriptorNetwork::DescriptorNetwork(DescriptorNetwork&&) noexcept = default;
DescriptorNetwork& DescriptorNetwork::operator=(DescriptorNetwork&&) noexcept = default;

std::vector<DescriptorValues> DescriptorNetwork::Describe(absl::Span<const Patch> patches) {
  std::vector<DescriptorValues> out(patches.size());
  if (patches.empty()) return out;
  const std::vector<int> shape = {static_cast<int>(patches.size()), 1, kPatchSide, kPatchSide};
  cv::Mat input(shape, CV_32F);
  auto* values = input.ptr<float>();
  for (const Patch& patch : patches) {
    values = std::transform(patch.begin(), patch.end(), values,
                            [](int8_t v) { return static_cast<float>(v) / kPatchScale; });
  }
  impl_->net.setInput(input);
  const cv::Mat answer = impl_->net.forward();
  CHECK(answer.total() == patches.size() * kDescriptorValues);
  const cv::Mat rows = answer.reshape(1, static_cast<int>(patches.size()));
  for (size_t i = 0; i < patches.size(); ++i) {
    std::copy_n(rows.ptr<float>(static_cast<int>(i)), kDescriptorValues, out[i].begin());
  }
  return out;
}

std::string DescriptorNetworkName() { return "finger descriptor net3"; }

}  // namespace distinct::finger
