// Trained weights as the build embeds them; origin and layout: WEIGHTS.md.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace distinct::finger {

std::string_view DescriptorWeights();  // descriptor_weights.bin
std::string_view VectorWeights();      // vector_weights.bin

// Reads such a file front to back: fp16 and fp32 numbers, little-endian.
class WeightReader {
 public:
  explicit WeightReader(std::string_view bytes) : bytes_(bytes) {}

  // REQUIRES: the file holds that many more.
  std::vector<float> Halves(size_t count);
  std::vector<float> Floats(size_t count);
  bool AtEnd() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace distinct::finger
