#include "tools/synthesis/impression.h"

#include <algorithm>
#include <cmath>

#include "tools/synthesis/random.h"

namespace distinct::synthesis {
namespace {

constexpr uint64_t kImpressionStream = 2;
constexpr int kWidth = kImpressionWidthPx;
constexpr int kHeight = kImpressionHeightPx;
constexpr size_t kPixels = static_cast<size_t>(kWidth) * static_cast<size_t>(kHeight);
using Row = std::vector<float>;

SmoothField Field(Random& random, float spacing_low_px, float spacing_high_px, float amplitude) {
  const float spacing_px = random.Uniform(spacing_low_px, spacing_high_px);
  if (amplitude <= 0) return {};
  return {random, kWidth, kHeight, spacing_px, amplitude};
}

// What pressure, moisture and noise do to the ridges. `s` is the severity throughout.
struct Skin {
  float pressure;  // above zero thick ridges, below thin ones
  SmoothField thickness[2], noise[2];
  float sharpness;  // of the edge between ridge and furrow
  float dry, dry_onset;
  SmoothField dry_fine, dry_coarse;
  float wet;
  SmoothField wet_where;
  bool blotted;
  float blot_sharpness, blot_onset;
  SmoothField blot_fine, blot_coarse;
  float mark_opacity;
  OpacityMap scratches;

  Skin(Random& random, float s)
      : pressure(random.Gaussian(0, 0.1f + 0.35f * s)),
        thickness{Field(random, 35, 80, random.Uniform(0.05f, 0.1f + 0.4f * s)),
                  Field(random, 8, 20, random.Uniform(0, 0.35f * s))},
        noise{Field(random, 1.6f, 3, s * random.Uniform() * random.Uniform(0, 1.1f)),
              Field(random, 3.5f, 7, s * random.Uniform() * random.Uniform(0, 0.8f))},
        sharpness(random.Uniform(4 - 2.5f * s, 7)),
        dry(random.Chance(0.5f * s) ? random.Uniform(0, 0.4f + 0.8f * s) : 0),
        dry_onset(random.Uniform(0.6f - 1.2f * s, 1.6f)),
        dry_fine(Field(random, 2.5f, 10, dry > 0 ? 1.0f : 0.0f)),
        dry_coarse(Field(random, 30, 80, dry > 0 ? 0.6f : 0.0f)),
        wet(random.Chance(0.35f * s) ? random.Uniform(0.2f, 0.9f) : 0),
        wet_where(Field(random, 30, 90, wet > 0 ? 1.0f : 0.0f)),
        blotted(random.Chance(0.18f * s * s * s)),
        blot_sharpness(random.Uniform(3, 12)),
        blot_onset(random.Uniform(0.4f, 1.8f)),
        blot_fine(Field(random, 6, 22, blotted ? 1.0f : 0.0f)),
        blot_coarse(Field(random, 40, 90, blotted ? 0.8f : 0.0f)),
        mark_opacity(random.Uniform(0.5f, 1.1f)),
        scratches{kWidth, kHeight, {}} {
    const int count = random.Chance(0.55f * s) ? random.Below(10) : 0;
    for (int i = 0; i < count; ++i) {
      Paint(RandomCurve(random, scratches, random.Uniform(15, 160), random.Gaussian(0, 6),
                        random.Uniform(0.8f, 4), random.Uniform(0.4f, 1)),
            scratches);
    }
  }
};

// Where the skin touches the sensor: an ellipse with a rough, soft edge; some captures miss a side.
struct ContactArea {
  float half_width_px, half_height_px, centre_x_px, centre_y_px;
  float softness, roughness;
  float cut_px;
  SmoothField edge;

  ContactArea(Random& random, float s)
      : half_width_px(random.Uniform(0.44f - 0.10f * s, 0.54f) * kWidth),
        half_height_px(random.Uniform(0.48f - 0.12f * s, 0.58f) * kHeight),
        centre_x_px(kWidth / 2.0f + random.Gaussian(0, 22 * s)),
        centre_y_px(kHeight / 2.0f + random.Gaussian(0, 22 * s)),
        softness(random.Uniform(0.02f, 0.12f)),
        roughness(random.Uniform(0.02f, 0.04f + 0.08f * s)),
        cut_px(random.Chance(0.2f * s * s) ? random.Uniform(0.55f, 0.8f) * kWidth : 2.0f * kWidth),
        edge(Field(random, 20, 60, 1)) {}
};

// The middle of three taps of a Gaussian that sum to 1.
float BlurCentre(float deviation_px) {
  return 1 / (1 + 2 * std::exp(-0.5f / (deviation_px * deviation_px)));
}

// What the sensor makes of ink: background, contrast, blur, noise.
struct Sensor {
  float background, contrast, slope_x, slope_y, unevenness, noise, blur_centre, blur_beside, smudge;
  SmoothField uneven;

  Sensor(Random& random, float s)
      : background(random.Uniform(0.75f, 1)),
        contrast(random.Uniform(0.7f - 0.4f * s, 1) * background),
        slope_x(random.Gaussian(0, 0.06f * s)),
        slope_y(random.Gaussian(0, 0.06f * s)),
        unevenness(random.Uniform(0, 0.35f)),
        noise(random.Uniform(0, 0.07f * s)),
        blur_centre(BlurCentre(random.Uniform(0.25f, 1.15f))),
        blur_beside((1 - blur_centre) / 2),
        smudge(random.Uniform(0, 0.25f * s)),
        uneven(Field(random, 40, 100, unevenness)) {}
};

float Bilinear(const int8_t* image, float x, float y) {
  const int column = static_cast<int>(x), row = static_cast<int>(y);
  const float right = x - static_cast<float>(column), down = y - static_cast<float>(row);
  const int8_t* p = image + row * kMasterWidthPx + column;
  const int8_t* q = p + kMasterWidthPx;
  const auto p0 = static_cast<float>(p[0]), p1 = static_cast<float>(p[1]);
  const auto q0 = static_cast<float>(q[0]), q1 = static_cast<float>(q[1]);
  const float above = p0 + (p1 - p0) * right, below = q0 + (q1 - q0) * right;
  return above + (below - above) * down;
}

// A soft step from 0 to 1: algebraic, since exp() would be half of the time of an impression.
float Step(float slope, float value) {
  const float z = slope / 2 * value;
  return 0.5f + 0.5f * z / std::sqrt(1 + z * z);
}

// Draws an impression row by row: every quantity is a row that the next stage works on.
class Renderer {
 public:
  Renderer(const Master& master, Random& random, Severity severity)
      : master_(master),
        pose_(random, severity),
        skin_(random, severity.value),
        area_(random, severity.value),
        sensor_(random, severity.value) {
    for (Row* row : {&u_, &v_, &phase_, &touch_, &ink_, &field_, &field_too_, &light_[0],
                     &light_[1], &light_[2]}) {
      row->resize(kWidth);
    }
  }

  Impression Draw(Random& random) {
    std::vector<uint8_t> grey(kPixels), contact(kPixels);
    for (int y = 0; y < kHeight; ++y) {
      pose_.MapRow(y, scratch_, u_, v_);
      Touch(y);
      Press(y);
      Wet(y);
      Mark(y);
      Sense(y);
      BlurAlong(light_[2]);
      const size_t begin = static_cast<size_t>(y) * kWidth;
      for (size_t x = 0; x < kWidth; ++x) {
        contact[begin + x] = static_cast<uint8_t>(255 * touch_[x]);
      }
      // Rows lag by one, since the blur of a row needs the next. Beyond the border its row repeats.
      if (y == 0) light_[0] = light_[1] = light_[2];
      if (y > 0) Digitise(random, &grey[begin - kWidth]);
      std::swap(light_[0], light_[1]);
      std::swap(light_[1], light_[2]);
    }
    light_[2] = light_[1];
    Digitise(random, &grey[kPixels - kWidth]);
    return {std::move(pose_), std::move(grey), std::move(contact)};
  }

 private:
  void Touch(int y) {
    area_.edge.Row(y, scratch_, field_);
    const float dy = (static_cast<float>(y) - area_.centre_y_px) / area_.half_height_px;
    for (size_t x = 0; x < kWidth; ++x) {
      const auto column = static_cast<float>(static_cast<int>(x));
      const float dx = (column - area_.centre_x_px) / area_.half_width_px;
      // Half a pixel inside the finger's outline, so that four master pixels are always there.
      const float skin_u = (u_[x] + 0.5f) * (2.0f / kMasterWidthPx) - 1;
      const float skin_v = (v_[x] + 0.5f) * (2.0f / kMasterHeightPx) - 1;
      const float skin = 0.99f - std::sqrt(skin_u * skin_u + skin_v * skin_v);
      const float inside = 1 - std::sqrt(dx * dx + dy * dy) + area_.roughness * field_[x];
      const float depth = std::min(inside, skin) / area_.softness + 0.5f;
      const bool cut = column > area_.cut_px + 10 * field_[x] || skin <= 0;
      touch_[x] = cut ? 0 : std::clamp(depth, 0.0f, 1.0f);
    }
  }

  void Press(int y) {
    std::fill(phase_.begin(), phase_.end(), skin_.pressure);
    for (const SmoothField* field :
         {&skin_.thickness[0], &skin_.thickness[1], &skin_.noise[0], &skin_.noise[1]}) {
      if (field->is_zero()) continue;
      field->Row(y, scratch_, field_);
      for (size_t x = 0; x < kWidth; ++x) phase_[x] += field_[x];
    }
    const int8_t* ridges = master_.ridges.data();
    for (size_t x = 0; x < kWidth; ++x) {
      const float height = touch_[x] > 0 ? Bilinear(ridges, u_[x], v_[x]) * (1 / kRidgeScale) : 0;
      phase_[x] += height - (1 - touch_[x]) * 0.5f;
    }
    for (size_t x = 0; x < kWidth; ++x) ink_[x] = Step(skin_.sharpness, phase_[x]);
  }

  void Wet(int y) {
    if (skin_.dry > 0) {
      skin_.dry_fine.Row(y, scratch_, field_);
      skin_.dry_coarse.Row(y, scratch_, field_too_);
      for (size_t x = 0; x < kWidth; ++x) {
        const float dryness = field_[x] + field_too_[x] - skin_.dry_onset;
        ink_[x] *= 1 - std::min(1.0f, skin_.dry * std::clamp(1.5f * dryness, 0.0f, 1.0f));
      }
    }
    if (skin_.wet > 0) {
      skin_.wet_where.Row(y, scratch_, field_);
      for (size_t x = 0; x < kWidth; ++x) {
        ink_[x] += (0.85f - ink_[x]) * std::clamp(field_[x] - 0.3f, 0.0f, 1.0f) * skin_.wet;
      }
    }
    if (skin_.blotted) {
      skin_.blot_fine.Row(y, scratch_, field_);
      skin_.blot_coarse.Row(y, scratch_, field_too_);
      for (size_t x = 0; x < kWidth; ++x) {
        const float blot = Step(skin_.blot_sharpness, field_[x] + field_too_[x] - skin_.blot_onset);
        ink_[x] += (1 - ink_[x]) * blot;
      }
    }
  }

  // Takes away the ink under creases, pores and scratches, and off the contact area.
  void Mark(int y) {
    if (!master_.marks.is_empty()) {
      const uint8_t* marks = master_.marks.opacity.data();
      for (size_t x = 0; x < kWidth; ++x) {
        if (touch_[x] <= 0) continue;
        const int column = static_cast<int>(u_[x] + 0.5f), row = static_cast<int>(v_[x] + 0.5f);
        const auto opacity = static_cast<float>(marks[row * kMasterWidthPx + column]);
        ink_[x] *= 1 - std::min(1.0f, opacity * (1.0f / 255) * skin_.mark_opacity);
      }
    }
    if (!skin_.scratches.is_empty()) {
      const uint8_t* row = &skin_.scratches.opacity[static_cast<size_t>(y) * kWidth];
      for (size_t x = 0; x < kWidth; ++x) ink_[x] *= 1 - static_cast<float>(row[x]) / 255;
    }
    for (size_t x = 0; x < kWidth; ++x) {
      const float smudge = touch_[x] > 0 ? sensor_.smudge : 0;
      ink_[x] = ink_[x] * touch_[x] * (1 - sensor_.smudge) + smudge;
    }
  }

  void Sense(int y) {
    Row& light = light_[2];
    sensor_.uneven.Row(y, scratch_, field_);
    const float down = static_cast<float>(y) / kHeight * 2 - 1;
    const float background = sensor_.background + sensor_.slope_y * down - sensor_.slope_x;
    const float slope = sensor_.slope_x * 2 / kWidth;
    for (size_t x = 0; x < kWidth; ++x) {
      const float uneven = std::clamp(field_[x], -0.5f, 0.5f) - sensor_.unevenness;
      light[x] = background + slope * static_cast<float>(static_cast<int>(x)) -
                 sensor_.contrast * ink_[x] * (1 + uneven);
    }
  }

  // The blur is a Gaussian of 3 x 3 taps: along the row here, down the rows in Digitise().
  void BlurAlong(Row& row) {
    std::copy(row.begin(), row.end(), field_.begin());
    for (size_t x = 1; x + 1 < kWidth; ++x) {
      row[x] =
          sensor_.blur_centre * field_[x] + sensor_.blur_beside * (field_[x - 1] + field_[x + 1]);
    }
  }

  void Digitise(Random& random, uint8_t* grey) {
    for (size_t x = 0; x < kWidth; ++x) {
      field_[x] =
          sensor_.blur_centre * light_[1][x] + sensor_.blur_beside * (light_[0][x] + light_[2][x]);
    }
    if (sensor_.noise > 0) {
      for (float& value : field_) value += random.Gaussian(0, sensor_.noise);
    }
    for (size_t x = 0; x < kWidth; ++x) {
      grey[x] = static_cast<uint8_t>(255 * std::clamp(field_[x], 0.0f, 1.0f) + 0.5f);
    }
  }

  const Master& master_;
  Pose pose_;
  Skin skin_;
  ContactArea area_;
  Sensor sensor_;
  Row u_, v_;  // the place of the master that each pixel shows
  Row phase_, touch_, ink_;
  Row light_[3];  // above, here, below
  Row field_, field_too_, scratch_;
};

}  // namespace

Impression MakeImpression(const Master& master, uint32_t impression, Severity severity) {
  const FingerKey& key = master.key;
  Random random{key.seed, key.person, static_cast<uint64_t>(key.position), kImpressionStream,
                impression};
  Renderer renderer(master, random, severity);
  return renderer.Draw(random);
}

}  // namespace distinct::synthesis
