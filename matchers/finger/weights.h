// Trained weights as the build embeds them; origin and layout: WEIGHTS.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace distinct::finger {

std::string_view MinutiaWeights();     // minutia_weights.bin
std::string_view DescriptorWeights();  // descriptor_weights.bin
std::string_view VectorWeights();      // vector_weights.bin

// Reads such a file front to back; numbers are little-endian.
class WeightReader {
 public:
  explicit WeightReader(std::string_view bytes) : bytes_(bytes) {}

  // REQUIRES: the file holds that many more.
  std::vector<float> Halves(size_t count);
  std::vector<float> Floats(size_t count);
  std::vector<int8_t> Bytes(size_t count);
  uint32_t Word();
  bool AtEnd() const { return bytes_.empty(); }

 private:
  void Copy(void* to, size_t bytes);

  std::string_view bytes_;
};

}  // namespace distinct::finger
