#include "matchers/finger/vector.h"

#include <array>
#include <cmath>

namespace distinct::finger {

std::vector<int8_t> FingerVector(TemplateView view) {
  std::array<float, kVectorDimensions> sum{};
  for (int i = 0; i < view.count(); ++i) {
    const Code code = view.code(i);
    for (size_t bit = 0; bit < 64; ++bit) {
      sum[bit] += (code.low >> bit & 1U) != 0 ? 1.0F : -1.0F;
      sum[64 + bit] += (code.high >> bit & 1U) != 0 ? 1.0F : -1.0F;
    }
  }
  float square = 1e-6F;
  for (float v : sum) square += v * v;
  std::vector<int8_t> out;
  out.reserve(kVectorDimensions);
  for (float v : sum) {
    out.push_back(static_cast<int8_t>(std::lround(v * kVectorScale / std::sqrt(square))));
  }
  return out;
}

}  // namespace distinct::finger
