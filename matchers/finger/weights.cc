#include "matchers/finger/weights.h"

#include <cstring>
#include <opencv2/core.hpp>

#include "matchers/check.h"

extern "C" {
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

std::string_view DescriptorWeights() {
  return Between(distinct_descriptor_weights, distinct_descriptor_weights_end);
}

std::string_view VectorWeights() {
  return Between(distinct_vector_weights, distinct_vector_weights_end);
}

std::vector<float> WeightReader::Halves(size_t count) {
  CHECK(bytes_.size() >= 2 * count);
  cv::Mat halves(1, static_cast<int>(count), CV_16F);
  std::memcpy(halves.data, bytes_.data(), 2 * count);
  bytes_.remove_prefix(2 * count);
  cv::Mat1f floats;
  cv::convertFp16(halves, floats);
  return {floats.begin(), floats.end()};
}

std::vector<float> WeightReader::Floats(size_t count) {
  CHECK(bytes_.size() >= 4 * count);
  std::vector<float> floats(count);
  std::memcpy(floats.data(), bytes_.data(), 4 * count);
  bytes_.remove_prefix(4 * count);
  return floats;
}

}  // namespace distinct::finger
