// Angles, in the one convention of the project: radians, counter-clockwise as displayed, although
// image rows run downwards. Polynomials in place of libm: quicker, the same on every CPU level.
#pragma once

#include <cmath>
#include <numbers>

namespace distinct::synthesis {

inline constexpr float kPi = std::numbers::pi_v<float>;

// Within 4e-4 rad of std::atan2, by the minimax polynomial of degree 7 (Abramowitz and Stegun,
// Handbook of Mathematical Functions, 4.4.47 shortened). Zero for (0, 0).
inline float Atan2(float y, float x) {
  const float wide = std::fabs(x), tall = std::fabs(y);
  const float large = wide > tall ? wide : tall, small = wide > tall ? tall : wide;
  const float ratio = small / (large + 1e-30f);
  const float square = ratio * ratio;
  float angle =
      ((-0.0464964749f * square + 0.15931422f) * square - 0.327622764f) * square * ratio + ratio;
  if (tall > wide) angle = kPi / 2 - angle;
  if (x < 0) angle = kPi - angle;
  return y < 0 ? -angle : angle;
}

// The same angle in [0, 2 pi).
inline float Wrapped(float angle_rad) {
  const float turns = angle_rad * (0.5f / kPi);
  const float wrapped = (turns - std::floor(turns)) * (2 * kPi);
  return wrapped < 2 * kPi ? wrapped : 0.0f;
}

}  // namespace distinct::synthesis
