#include "tools/synthesis/skin.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "tools/synthesis/random.h"

namespace distinct::synthesis {
namespace {

constexpr int kWidth = kImpressionWidthPx;
constexpr int kHeight = kImpressionHeightPx;

// Pressed or dry beyond what guided captures allow: nearly black, or hardly there.
float Pressure(Random& random, float s) {
  const float usual = random.Gaussian(0, 0.1f + 0.35f * s);
  return random.Chance(0.12f * s * s) ? 2.2f * usual : usual;
}

// A share of the worst, where one is asked for; else what was drawn.
float Wanted(std::optional<float> share, float worst, float drawn) {
  return share.has_value() ? worst * *share : drawn;
}

}  // namespace

SmoothField ImpressionField(Random& random, float spacing_low_px, float spacing_high_px,
                            float amplitude) {
  const float spacing_px = random.Uniform(spacing_low_px, spacing_high_px);
  if (amplitude <= 0) return {};
  return {random, kWidth, kHeight, spacing_px, amplitude};
}

float Step(float slope, float value) {
  const float z = slope / 2 * value;
  return 0.5f + 0.5f * z / std::sqrt(1 + z * z);
}

ContactArea::ContactArea(Random& random, Severity severity, const Condition& condition) {
  const float s = severity.value;
  half_width_px_ = random.Uniform(0.44f - 0.10f * s, 0.54f + 0.08f * s) * kWidth;
  half_height_px_ = random.Uniform(0.48f - 0.12f * s, 0.58f + 0.06f * s) * kHeight;
  if (condition.reach.has_value()) {
    half_width_px_ = *condition.reach * kWidth / 2;
    half_height_px_ = *condition.reach * kHeight / 2;
  }
  centre_x_px_ = kWidth / 2.0f + random.Gaussian(0, 22 * s);
  centre_y_px_ = kHeight / 2.0f + random.Gaussian(0, 22 * s);
  softness_ = random.Uniform(0.02f, 0.12f);
  roughness_ = random.Uniform(0.02f, 0.04f + 0.08f * s);
  cut_px_ = random.Chance(0.2f * s * s) ? random.Uniform(0.55f, 0.8f) * kWidth : 2.0f * kWidth;
  edge_ = ImpressionField(random, 20, 60, 1);
  field_.resize(kWidth);
}

void ContactArea::Touch(int y_px, const Row& u, const Row& v, Row& touch) {
  edge_.Row(y_px, scratch_, field_);
  const float dy = (static_cast<float>(y_px) - centre_y_px_) / half_height_px_;
  for (size_t x = 0; x < kWidth; ++x) {
    const auto column = static_cast<float>(static_cast<int>(x));
    const float dx = (column - centre_x_px_) / half_width_px_;
    // Half a pixel inside the finger's outline, so that four master pixels are always there.
    const float skin_u = (u[x] + 0.5f) * (2.0f / kMasterWidthPx) - 1;
    const float skin_v = (v[x] + 0.5f) * (2.0f / kMasterHeightPx) - 1;
    const float skin = 0.99f - std::sqrt(skin_u * skin_u + skin_v * skin_v);
    const float inside = 1 - std::sqrt(dx * dx + dy * dy) + roughness_ * field_[x];
    const float depth = std::min(inside, skin) / softness_ + 0.5f;
    const bool cut = column > cut_px_ + 10 * field_[x] || skin <= 0;
    touch[x] = cut ? 0 : std::clamp(depth, 0.0f, 1.0f);
  }
}

Skin::Skin(Random& random, Severity severity, const Condition& condition)
    : pressure_(condition.pressure.value_or(Pressure(random, severity.value))),
      scratches_{kWidth, kHeight, {}} {
  const float s = severity.value;
  thickness_ = {ImpressionField(random, 35, 80, random.Uniform(0.05f, 0.1f + 0.4f * s)),
                ImpressionField(random, 8, 20, random.Uniform(0, 0.35f * s))};
  const float fine = s * random.Uniform() * random.Uniform(0, 1.1f);
  noise_[0] = ImpressionField(random, 1.6f, 3, Wanted(condition.noise, 1.1f, fine));
  const float coarse = s * random.Uniform() * random.Uniform(0, 0.8f);
  noise_[1] = ImpressionField(random, 3.5f, 7, Wanted(condition.noise, 0.8f, coarse));
  sharpness_ = random.Uniform(4 - 2.5f * s, 7);
  DrawMoisture(random, s, condition);
  mark_opacity_ = random.Uniform(0.5f, 1.1f);
  const int drawn = random.Chance(0.55f * s) ? random.Below(10) : 0;
  const auto count = static_cast<int>(Wanted(condition.scratches, 9, static_cast<float>(drawn)));
  for (int i = 0; i < count; ++i) {
    Paint(RandomCurve(random, scratches_, random.Uniform(15, 160), random.Gaussian(0, 6),
                      random.Uniform(0.8f, 4), random.Uniform(0.4f, 1)),
          scratches_);
  }
  field_.resize(kWidth);
  field_too_.resize(kWidth);
}

void Skin::DrawMoisture(Random& random, float s, const Condition& condition) {
  const float dry = random.Chance(0.5f * s) ? random.Uniform(0, 0.4f + 0.8f * s) : 0;
  dry_ = Wanted(condition.dryness, 1.2f, dry);
  dry_onset_ = random.Uniform(0.6f - 1.2f * s, 1.6f);
  if (condition.dryness.has_value()) dry_onset_ = 0.6f - 1.2f * *condition.dryness;
  dry_fine_ = ImpressionField(random, 1.8f, 10, dry_ > 0 ? 1.0f : 0.0f);
  dry_coarse_ = ImpressionField(random, 30, 80, dry_ > 0 ? 0.6f : 0.0f);
  const float cracks = random.Chance(0.35f * s * s) ? random.Uniform(0.06f, 0.3f) : 0;
  crack_width_ = Wanted(condition.cracks, 0.3f, cracks);
  crack_lines_ = ImpressionField(random, 7, 26, crack_width_ > 0 ? 1.0f : 0.0f);
  crack_where_ = ImpressionField(random, 30, 90, crack_width_ > 0 ? 1.0f : 0.0f);
  const float wet = random.Chance(0.35f * s) ? random.Uniform(0.2f, 0.9f) : 0;
  wet_ = Wanted(condition.wetness, 0.9f, wet);
  wet_where_ = ImpressionField(random, 30, 90, wet_ > 0 ? 1.0f : 0.0f);
  const bool blotted = random.Chance(0.28f * s * s);
  blotted_ = condition.blots.has_value() ? *condition.blots > 0 : blotted;
  blot_sharpness_ = random.Uniform(3, 14);
  blot_onset_ = random.Uniform(0.3f, 1.8f);
  blot_ink_ = random.Uniform(0.55f, 1);
  if (condition.blots.has_value()) blot_onset_ = 1.8f - 1.5f * *condition.blots;
  blot_fine_ = ImpressionField(random, 5, 22, blotted_ ? 1.0f : 0.0f);
  blot_coarse_ = ImpressionField(random, 40, 90, blotted_ ? 0.8f : 0.0f);
}

void Skin::Press(int y_px, const Row& height, const Row& touch, Row& ink) {
  for (size_t x = 0; x < kWidth; ++x) ink[x] = height[x] + pressure_ - (1 - touch[x]) * 0.5f;
  for (const auto* fields : {&thickness_, &noise_}) {
    for (const SmoothField& field : *fields) {
      if (field.is_zero()) continue;
      field.Row(y_px, scratch_, field_);
      for (size_t x = 0; x < kWidth; ++x) ink[x] += field_[x];
    }
  }
  for (size_t x = 0; x < kWidth; ++x) ink[x] = Step(sharpness_, ink[x]);
}

void Skin::Moisten(int y_px, Row& ink) {
  if (dry_ > 0) DryOut(y_px, ink);
  if (crack_width_ > 0) Crack(y_px, ink);
  if (wet_ > 0) Smear(y_px, ink);
  if (blotted_) Blot(y_px, ink);
}

void Skin::DryOut(int y_px, Row& ink) {
  dry_fine_.Row(y_px, scratch_, field_);
  dry_coarse_.Row(y_px, scratch_, field_too_);
  for (size_t x = 0; x < kWidth; ++x) {
    const float dryness = field_[x] + field_too_[x] - dry_onset_;
    ink[x] *= 1 - std::min(1.0f, dry_ * std::clamp(1.5f * dryness, 0.0f, 1.0f));
  }
}

// Fine lines run where a field crosses zero: a net, as in dry and worn skin.
void Skin::Crack(int y_px, Row& ink) {
  crack_lines_.Row(y_px, scratch_, field_);
  crack_where_.Row(y_px, scratch_, field_too_);
  for (size_t x = 0; x < kWidth; ++x) {
    const float width = crack_width_ * std::clamp(0.7f + field_too_[x], 0.0f, 2.0f) + 1e-3f;
    ink[x] *= 1 - std::clamp(1.5f * (1 - std::fabs(field_[x]) / width), 0.0f, 1.0f);
  }
}

void Skin::Smear(int y_px, Row& ink) {
  wet_where_.Row(y_px, scratch_, field_);
  for (size_t x = 0; x < kWidth; ++x) {
    ink[x] += (0.85f - ink[x]) * std::clamp(field_[x] - 0.3f, 0.0f, 1.0f) * wet_;
  }
}

void Skin::Blot(int y_px, Row& ink) {
  blot_fine_.Row(y_px, scratch_, field_);
  blot_coarse_.Row(y_px, scratch_, field_too_);
  for (size_t x = 0; x < kWidth; ++x) {
    const float blot = Step(blot_sharpness_, field_[x] + field_too_[x] - blot_onset_);
    ink[x] += (blot_ink_ - ink[x]) * blot;
  }
}

void Skin::Mark(int y_px, const Row& u, const Row& v, const Row& touch, const OpacityMap& marks,
                Row& ink) {
  if (!marks.is_empty()) {
    for (size_t x = 0; x < kWidth; ++x) {
      if (touch[x] <= 0) continue;
      const int column = static_cast<int>(u[x] + 0.5f), row = static_cast<int>(v[x] + 0.5f);
      const size_t at = static_cast<size_t>(row * kMasterWidthPx + column);
      const auto opacity = static_cast<float>(marks.opacity[at]);
      ink[x] *= 1 - std::min(1.0f, opacity * (1.0f / 255) * mark_opacity_);
    }
  }
  if (!scratches_.is_empty()) {
    const uint8_t* row = &scratches_.opacity[static_cast<size_t>(y_px) * kWidth];
    for (size_t x = 0; x < kWidth; ++x) ink[x] *= 1 - static_cast<float>(row[x]) / 255;
  }
}

}  // namespace distinct::synthesis
