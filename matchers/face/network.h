// One neural network of the face recipe, run by OpenCV's dnn module on the CPU.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace distinct::face {

// Owns its layers and their scratch memory: thread-compatible, one a thread.
class Network {
 public:
  struct Shape {
    int channels = 0;
    int height_px = 0;
    int width_px = 0;
  };

  // FAILED_PRECONDITION: `onnx` is no network that OpenCV reads. `name` is for messages.
  static absl::StatusOr<Network> Load(std::string_view name, std::string_view onnx);
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  // Planes of `shape` in, the values of each named output out, in the order of `outputs`.
  // REQUIRES: input.size() == channels * height * width.
  // INTERNAL: the network has no such output, or another shape.
  absl::StatusOr<std::vector<std::vector<float>>> Run(absl::Span<const float> input, Shape shape,
                                                      const std::vector<std::string>& outputs);

 private:
  struct Layers;
  explicit Network(std::unique_ptr<Layers> layers);
  std::unique_ptr<Layers> layers_;
};

// Interleaved 8-bit channels to planes of (value - mean) / scale; `reverse` swaps blue and red.
// REQUIRES: pixels.size() == channels * pixels a plane.
std::vector<float> ToPlanes(absl::Span<const uint8_t> pixels, int channels, bool reverse,
                            float mean, float scale);

}  // namespace distinct::face
