#include "tools/synthesis/sensor.h"

#include <algorithm>
#include <cmath>

namespace distinct::synthesis {
namespace {

constexpr int kWidth = kImpressionWidthPx;
constexpr int kHeight = kImpressionHeightPx;

SensorKind Kind(Random& random, float s) {
  const float draw = random.Uniform();
  if (draw < 0.25f * s) return SensorKind::kWindow;
  if (draw < 0.45f * s) return SensorKind::kCapacitive;
  if (draw < 0.60f * s) return SensorKind::kSweep;
  return SensorKind::kOptical;
}

// The middle of three taps of a Gaussian that sum to 1.
float BlurCentre(float deviation_px) {
  return 1 / (1 + 2 * std::exp(-0.5f / (deviation_px * deviation_px)));
}

// Bands of `low` to `high` rows, each with a value of its own.
std::vector<float> Bands(Random& random, float low, float high, float amplitude) {
  std::vector<float> rows(kHeight);
  size_t y = 0;
  while (y < rows.size()) {
    const float value = random.Gaussian(0, amplitude);
    const auto end = std::min(rows.size(), y + static_cast<size_t>(random.Uniform(low, high)));
    for (; y < end; ++y) rows[y] = value;
  }
  return rows;
}

}  // namespace

Sensor::Sensor(Random& random, Severity severity, const Condition& condition) {
  const float s = severity.value;
  kind_ = condition.sensor.value_or(Kind(random, s));
  const bool grey = kind_ == SensorKind::kWindow || kind_ == SensorKind::kCapacitive;
  background_ = grey ? random.Uniform(0.5f, 0.95f) : random.Uniform(0.75f, 1);
  const float contrast_low = (grey ? 0.6f : 0.7f) - 0.4f * s;
  contrast_ =
      condition.contrast.value_or(random.Uniform(contrast_low, grey ? 0.85f : 1.0f)) * background_;
  slope_x_ = random.Gaussian(0, 0.06f * s);
  slope_y_ = random.Gaussian(0, 0.06f * s);
  unevenness_ = random.Uniform(0, 0.35f);
  uneven_ = ImpressionField(random, 40, 100, unevenness_);
  texture_ = grey || random.Chance(0.2f * s) ? s * random.Uniform(0, 0.08f) : 0;
  texture_field_ = ImpressionField(random, 1.6f, 6, texture_);
  smudge_ = random.Uniform(0, 0.25f * s);
  gamma_ = random.Uniform(-0.6f, 0.6f) * s;
  gain_ = random.Chance(0.2f * s) ? random.Uniform(1, 2.2f) : 1;
  noise_ = random.Uniform(0, 0.07f * s);
  blur_centre_ = BlurCentre(random.Uniform(0.25f, 1.15f));
  blur_beside_ = (1 - blur_centre_) / 2;
  if (kind_ == SensorKind::kCapacitive) {
    columns_.resize(kWidth);
    const float amplitude = random.Uniform(0, 0.06f) * s;
    for (float& value : columns_) value = random.Gaussian(0, amplitude);
    rows_ = Bands(random, 1, 2, random.Uniform(0, 0.05f) * s);
  }
  if (kind_ == SensorKind::kSweep) rows_ = Bands(random, 2, 14, random.Uniform(0.005f, 0.05f) * s);
  windowed_ = kind_ == SensorKind::kWindow && random.Chance(0.8f);
  const float taper_px = random.Uniform(-10, 45);
  for (Side& side : sides_) {
    side.at_top_px = random.Uniform(0, 50);
    side.at_bottom_px = side.at_top_px - taper_px;
    side.line = random.Gaussian(0, 0.35f);
    side.shade = random.Gaussian(0, 0.12f);
  }
  glaring_ = random.Chance(kind_ == SensorKind::kWindow ? 0.5f : 0.05f * s);
  glare_side_px_ = random.Uniform(20, 70);
  glare_left_px_ = kWidth * random.Uniform(0.25f, 0.75f) - glare_side_px_ / 2;
  glare_top_px_ = kHeight * random.Uniform(0.25f, 0.75f) - glare_side_px_ / 2;
  glare_veil_ = random.Uniform(0.3f, 0.95f);
  glare_light_ = random.Uniform(0.2f, 0.9f);
  field_.resize(kWidth);
}

void Sensor::Sense(int y_px, const Row& ink, const Row& touch, Row& light) {
  uneven_.Row(y_px, scratch_, field_);
  const float down = static_cast<float>(y_px) / kHeight * 2 - 1;
  const float background = background_ + slope_y_ * down - slope_x_;
  const float slope = slope_x_ * 2 / kWidth;
  for (size_t x = 0; x < kWidth; ++x) {
    const float uneven = std::clamp(field_[x], -0.5f, 0.5f) - unevenness_;
    const float smudge = touch[x] > 0 ? smudge_ : 0;
    const float dark = ink[x] * (1 - smudge_) + smudge;
    light[x] = background + slope * static_cast<float>(static_cast<int>(x)) -
               contrast_ * dark * (1 + uneven);
  }
  if (texture_ > 0) Texture(y_px, touch, light);
  if (glaring_) Glare(y_px, light);
  if (windowed_) Window(y_px, light);
  for (size_t x = 0; x < columns_.size(); ++x) light[x] += columns_[x];
  if (!rows_.empty()) {
    const float offset = rows_[static_cast<size_t>(y_px)];
    for (float& value : light) value += offset;
  }
  BlurAlong(light);
}

// Skin that presses on the glass hides half of its texture.
void Sensor::Texture(int y_px, const Row& touch, Row& light) {
  texture_field_.Row(y_px, scratch_, field_);
  for (size_t x = 0; x < kWidth; ++x) light[x] += field_[x] * (1 - 0.5f * touch[x]);
}

void Sensor::Glare(int y_px, Row& light) const {
  const float y = static_cast<float>(y_px) - glare_top_px_;
  if (y < 0 || y > glare_side_px_) return;
  for (size_t x = 0; x < kWidth; ++x) {
    const float along = static_cast<float>(static_cast<int>(x)) - glare_left_px_;
    if (along < 0 || along > glare_side_px_) continue;
    light[x] += (glare_light_ - light[x]) * glare_veil_;
  }
}

void Sensor::Window(int y_px, Row& light) const {
  const float t = static_cast<float>(y_px) / kHeight;
  for (size_t k = 0; k < sides_.size(); ++k) {
    const Side& side = sides_[k];
    const float at = side.at_top_px + (side.at_bottom_px - side.at_top_px) * t;
    for (size_t x = 0; x < kWidth; ++x) {
      const auto column = static_cast<float>(static_cast<int>(k == 0 ? x : kWidth - 1 - x));
      const float beyond = at - column;
      if (beyond > 0) {
        light[x] = background_ + side.shade;
      } else if (beyond > -3) {
        light[x] += side.line * (1 + beyond / 3);
      }
    }
  }
}

// The blur is a Gaussian of 3 x 3 taps: along the row here, down the rows in Digitise().
void Sensor::BlurAlong(Row& row) {
  std::copy(row.begin(), row.end(), field_.begin());
  for (size_t x = 1; x + 1 < kWidth; ++x) {
    row[x] = blur_centre_ * field_[x] + blur_beside_ * (field_[x - 1] + field_[x + 1]);
  }
}

void Sensor::Digitise(Random& random, const Row& above, const Row& here, const Row& below,
                      uint8_t* grey) {
  for (size_t x = 0; x < kWidth; ++x) {
    const float light = blur_centre_ * here[x] + blur_beside_ * (above[x] + below[x]);
    const float stretched = std::clamp((light - 0.5f) * gain_ + 0.5f, 0.0f, 1.0f);
    field_[x] = stretched + gamma_ * stretched * (1 - stretched);
  }
  if (noise_ > 0) {
    for (float& value : field_) value += random.Gaussian(0, noise_);
  }
  for (size_t x = 0; x < kWidth; ++x) {
    grey[x] = static_cast<uint8_t>(255 * std::clamp(field_[x], 0.0f, 1.0f) + 0.5f);
  }
}

}  // namespace distinct::synthesis
