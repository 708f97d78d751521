#include "matchers/face/network.h"

#include <opencv2/dnn.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::face {

struct Network::Layers {
  cv::dnn::Net net;
};

Network::Network(std::unique_ptr<Layers> layers) : layers_(std::move(layers)) {}
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

absl::StatusOr<Network> Network::Load(std::string_view name, std::string_view onnx) {
  auto loaded = Guard("opencv", [&]() -> absl::StatusOr<Network> {
    auto layers = std::make_unique<Layers>();
    layers->net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
    layers->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    layers->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    return Network(std::move(layers));
  });
  if (loaded.ok()) return loaded;
  return absl::FailedPreconditionError(
      absl::StrCat("models.", std::string(name), ": got ", onnx.size(),
                   " bytes that are no network, want ONNX; run tools/models/fetch (",
                   std::string(loaded.status().message()), ")"));
}

absl::StatusOr<std::vector<std::vector<float>>> Network::Run(
    absl::Span<const float> input, Shape shape, const std::vector<std::string>& outputs) {
  const std::vector<int> sizes = {1, shape.channels, shape.height_px, shape.width_px};
  CHECK(input.size() == static_cast<size_t>(shape.channels) * static_cast<size_t>(shape.height_px) *
                            static_cast<size_t>(shape.width_px));
  return Guard("opencv", [&]() -> absl::StatusOr<std::vector<std::vector<float>>> {
    // The network only reads its input; cv::Mat has no const view.
    const cv::Mat blob(sizes, CV_32F, const_cast<float*>(input.data()));
    layers_->net.setInput(blob);
    std::vector<cv::Mat> results;
    layers_->net.forward(results, std::vector<cv::String>(outputs.begin(), outputs.end()));
    std::vector<std::vector<float>> values;
    for (const cv::Mat& result : results) {
      const float* begin = result.ptr<float>();
      values.emplace_back(begin, begin + result.total());
    }
    return values;
  });
}

std::vector<float> ToPlanes(absl::Span<const uint8_t> pixels, int channels, bool reverse,
                            float mean, float scale) {
  const auto stride = static_cast<size_t>(channels);
  const size_t plane = pixels.size() / stride;
  std::vector<float> planes(pixels.size());
  for (size_t channel = 0; channel < stride; ++channel) {
    const size_t from = reverse ? stride - 1 - channel : channel;
    float* to = planes.data() + channel * plane;
    for (size_t i = 0; i < plane; ++i) {
      to[i] = (static_cast<float>(pixels[i * stride + from]) - mean) / scale;
    }
  }
  return planes;
}

}  // namespace distinct::face
