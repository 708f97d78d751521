#include "tools/synthesis/curve.h"

#include <algorithm>
#include <cmath>

#include "tools/synthesis/angle.h"

namespace distinct::synthesis {

Curve RandomCurve(Random& random, const OpacityMap& map, float length_px, float bend_px,
                  float width_px, float opacity) {
  const float angle = random.Uniform(0, 2 * kPi);
  const float half_x = length_px / 2 * std::cos(angle), half_y = length_px / 2 * std::sin(angle);
  const float x = random.Uniform() * static_cast<float>(map.width_px);
  const float y = random.Uniform() * static_cast<float>(map.height_px);
  return {x - half_x, y - half_y, x + half_x, y + half_y, bend_px, width_px, opacity};
}

void Paint(const Curve& curve, OpacityMap& map) {
  if (map.is_empty()) {
    map.opacity.resize(static_cast<size_t>(map.width_px) * static_cast<size_t>(map.height_px));
  }
  const float run_x = curve.to_x_px - curve.from_x_px, run_y = curve.to_y_px - curve.from_y_px;
  const float length = std::sqrt(run_x * run_x + run_y * run_y) + 1e-3f;
  const int steps = static_cast<int>(length) + 1;
  const int reach = static_cast<int>(curve.width_px / 2 + 1.5f);
  for (int step = 0; step <= steps; ++step) {
    const float t = static_cast<float>(step) / static_cast<float>(steps);
    const float bend = curve.bend_px * 4 * t * (1 - t) / length;
    const float x = curve.from_x_px + run_x * t - run_y * bend;
    const float y = curve.from_y_px + run_y * t + run_x * bend;
    const int centre_x = static_cast<int>(std::lround(x));
    const int centre_y = static_cast<int>(std::lround(y));
    const int left = std::max(centre_x - reach, 0);
    const int right = std::min(centre_x + reach, map.width_px - 1);
    const int top = std::max(centre_y - reach, 0);
    const int bottom = std::min(centre_y + reach, map.height_px - 1);
    for (int row = top; row <= bottom; ++row) {
      for (int column = left; column <= right; ++column) {
        const float dx = static_cast<float>(column) - x, dy = static_cast<float>(row) - y;
        const float inside = 1 + curve.width_px / 2 - std::sqrt(dx * dx + dy * dy);
        const auto opacity =
            static_cast<uint8_t>(255 * curve.opacity * std::clamp(inside, 0.0f, 1.0f));
        uint8_t& pixel = map.opacity[static_cast<size_t>(row * map.width_px + column)];
        pixel = std::max(pixel, opacity);
      }
    }
  }
}

}  // namespace distinct::synthesis
