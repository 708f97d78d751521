#include "matchers/finger/descriptor_weights.h"

extern "C" {
extern const char distinct_descriptor_weights[];
extern const char distinct_descriptor_weights_end[];
}

namespace distinct::finger {

std::string_view DescriptorWeights() {
  return {distinct_descriptor_weights,
          static_cast<size_t>(distinct_descriptor_weights_end - distinct_descriptor_weights)};
}

}  // namespace distinct::finger
