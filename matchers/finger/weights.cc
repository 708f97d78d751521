#include "matchers/finger/weights.h"

#include <cstring>
#include <opencv2/core.hpp>

#include "matchers/check.h"

extern "C" {
extern const char distinct_minutia_weights[];
extern const char distinct_minutia_weights_end[];
extern const char distinct_descriptor_weights[];
extern const char distinct_descriptor_weights_end[];
extern const char distinct_vector_weights[];
extern const char distinct_vector_weights_end[];
}

namespace distinct::finger {
namespace {

std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

std::string_view MinutiaWeights() {
  return Between(distinct_minutia_weights, distinct_minutia_weights_end);
}

std::string_view DescriptorWeights() {
  return Between(distinct_descriptor_weights, distinct_descriptor_weights_end);
}

std::string_view VectorWeights() {
  return Between(distinct_vector_weights, distinct_vector_weights_end);
}

void WeightReader::Copy(void* to, size_t bytes) {
  CHECK(bytes_.size() >= bytes);
  std::memcpy(to, bytes_.data(), bytes);
  bytes_.remove_prefix(bytes);
}

std::vector<float> WeightReader::Halves(size_t count) {
  CHECK(bytes_.size() >= 2 * count);
  cv::Mat halves(1, static_cast<int>(count), CV_16F);
  Copy(halves.data, 2 * count);
  cv::Mat1f floats;
  cv::convertFp16(halves, floats);
  return {floats.begin(), floats.end()};
}

std::vector<float> WeightReader::Floats(size_t count) {
  CHECK(bytes_.size() >= 4 * count);
  std::vector<float> floats(count);
  Copy(floats.data(), 4 * count);
  return floats;
}

std::vector<int8_t> WeightReader::Bytes(size_t count) {
  CHECK(bytes_.size() >= count);
  std::vector<int8_t> bytes(count);
  Copy(bytes.data(), count);
  return bytes;
}

uint32_t WeightReader::Word() {
  uint32_t word = 0;
  Copy(&word, sizeof(word));
  return word;
}

}  // namespace distinct::finger
