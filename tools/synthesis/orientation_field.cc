#include "tools/synthesis/orientation_field.h"

#include <algorithm>
#include <cmath>

#include "tools/synthesis/angle.h"

namespace distinct::synthesis {
namespace {

// Natural frequencies of Wilson, Candela and Watson, "Neural network fingerprint classification",
// J. Artificial Neural Networks 1(2), 1993: whorl 27.9 %, loops 33.8 + 31.7 %, arch 3.7 %, tented
// arch 2.9 %. A quarter of the whorls are twin loops.
constexpr float kArchShare = 0.037f;
constexpr float kTentedArchShare = 0.029f;
constexpr float kTwinLoopShare = 0.07f;
constexpr float kPlainWhorlShare = 0.209f;
// Loops open towards the little finger, except for some of the index finger (Cummins and Midlo,
// "Finger Prints, Palms and Soles", 1943, find radial loops rare elsewhere).
constexpr float kUlnarShare = 0.95f;
constexpr float kUlnarShareIndex = 0.65f;

bool IsRightHand(Position position) {
  return position >= Position::kRightThumb && position <= Position::kRightLittle;
}

bool IsIndex(Position position) {
  return position == Position::kRightIndex || position == Position::kLeftIndex;
}

}  // namespace

std::string_view PatternClassName(PatternClass pattern) {
  switch (pattern) {
    case PatternClass::kArch:
      return "ARCH";
    case PatternClass::kTentedArch:
      return "TENTED_ARCH";
    case PatternClass::kLeftLoop:
      return "LEFT_LOOP";
    case PatternClass::kRightLoop:
      return "RIGHT_LOOP";
    case PatternClass::kWhorl:
      return "WHORL";
  }
  return "ARCH";
}

OrientationField::OrientationField(Random& random, Position position, int width_px, int height_px)
    : width_px_(width_px),
      height_px_(height_px),
      centre_x_px_(static_cast<float>(width_px) / 2 + random.Gaussian(0, 15)),
      centre_y_px_(static_cast<float>(height_px) * 0.46f + random.Gaussian(0, 20)),
      tilt_rad_(random.Gaussian(0, 0.12f)),
      arch_rise_(random.Uniform(1.2f, 2.6f)),
      arch_fall_(random.Uniform(2.2f, 3.4f)),
      wander_rad_(random, width_px, height_px, random.Uniform(50, 90),
                  random.Uniform(0.03f, 0.13f)) {
  float draw = random.Uniform();
  if ((draw -= kArchShare) < 0) {
    pattern_ = PatternClass::kArch;
  } else if ((draw -= kTentedArchShare) < 0) {
    pattern_ = PatternClass::kTentedArch;
    AddCore(random, 0, 15);
    AddDelta(random, random.Gaussian(0, 8), -random.Uniform(35, 100));
  } else if ((draw -= kTwinLoopShare) < 0) {
    pattern_ = PatternClass::kWhorl;
    AddTwinLoop(random);
  } else if ((draw -= kPlainWhorlShare) < 0) {
    pattern_ = PatternClass::kWhorl;
    AddWhorl(random);
  } else {
    // As displayed a print is seen from below the skin: the little finger of the right hand lies
    // on the right, so that its ulnar loops open to the right.
    const bool ulnar = random.Chance(IsIndex(position) ? kUlnarShareIndex : kUlnarShare);
    pattern_ = ulnar == IsRightHand(position) ? PatternClass::kRightLoop : PatternClass::kLeftLoop;
    AddLoop(random);
  }
}

void OrientationField::AddCore(Random& random, float right_px, float up_px) {
  Pole pole{centre_x_px_ + right_px, centre_y_px_ - up_px, 0.5f, {}};
  for (float& knot : pole.knots) knot = random.Gaussian(0, 0.28f);
  poles_.push_back(pole);
}

void OrientationField::AddDelta(Random& random, float right_px, float up_px) {
  Pole pole{centre_x_px_ + right_px, centre_y_px_ - up_px, -0.5f, {}};
  for (float& knot : pole.knots) knot = random.Gaussian(0, 0.18f);
  poles_.push_back(pole);
}

void OrientationField::AddLoop(Random& random) {
  const float side = pattern_ == PatternClass::kRightLoop ? -1.0f : 1.0f;  // away from the opening
  const float core_right_px = random.Gaussian(0, 5), core_up_px = random.Gaussian(5, 8);
  AddDelta(random, side * random.Uniform(55, 135), -random.Uniform(60, 140));
  // A bare pole lets the ridges fan out of the core. In real loops they run side by side towards
  // the opening and turn round quickly at the top: bend the correction that way. Along the opening
  // the pole's own half turn and the rest of the field agree, hence the doubled angle.
  const float opening_rad = 2 * At(centre_x_px_ + core_right_px, centre_y_px_ - core_up_px);
  AddCore(random, core_right_px, core_up_px);
  const float narrowness = random.Uniform(0.4f, 0.8f);
  for (size_t knot = 0; knot < 8; ++knot) {
    const float around = static_cast<float>(knot) * (kPi / 4) - kPi;
    poles_.back().knots[knot] -= narrowness * std::sin(around - opening_rad);
  }
}

void OrientationField::AddWhorl(Random& random) {
  const float distance_px = std::fabs(random.Gaussian(0, 26)) + 3;
  const float lean_rad = random.Gaussian(0, 0.35f);
  const float right_px = distance_px / 2 * std::sin(lean_rad);
  const float up_px = distance_px / 2 * std::cos(lean_rad);
  AddCore(random, right_px, up_px + 10);
  AddCore(random, -right_px, -up_px + 10);
  AddDelta(random, -random.Uniform(70, 140), -random.Uniform(50, 140));
  AddDelta(random, random.Uniform(70, 140), -random.Uniform(50, 140));
}

void OrientationField::AddTwinLoop(Random& random) {
  const float side = random.Chance(0.5f) ? -1.0f : 1.0f;
  AddCore(random, side * random.Uniform(12, 35), random.Uniform(15, 45));
  AddCore(random, -side * random.Uniform(12, 35), -random.Uniform(5, 30));
  AddDelta(random, -random.Uniform(80, 140), -random.Uniform(60, 140));
  AddDelta(random, random.Uniform(80, 140), -random.Uniform(60, 140));
}

float OrientationField::ArchAt(float x_px, float y_px) const {
  const float rise = arch_rise_ - arch_fall_ * y_px / static_cast<float>(height_px_) + 0.3f;
  const auto width = static_cast<float>(width_px_);
  return std::atan(std::max(0.0f, rise) *
                   std::cos((x_px - centre_x_px_ + width / 2) / width * kPi));
}

float OrientationField::At(float x_px, float y_px) const {
  float angle = tilt_rad_ + wander_rad_.At(x_px, y_px);
  if (pattern_ == PatternClass::kArch) return angle + ArchAt(x_px, y_px);
  for (const Pole& pole : poles_) {
    const float around = Atan2(pole.y_px - y_px, x_px - pole.x_px);
    const float knot = (around + kPi) * (4 / kPi);
    const auto index = static_cast<unsigned>(std::clamp(knot, 0.0f, 7.999f));
    const float t = knot - static_cast<float>(index);
    const float correction = pole.knots[index] * (1 - t) + pole.knots[(index + 1) & 7] * t;
    angle += pole.half_charge * (around + correction);
  }
  return angle;
}

}  // namespace distinct::synthesis
