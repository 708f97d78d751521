#include <algorithm>
#include <cmath>

#include "tools/synthesis/impression.h"

namespace distinct::synthesis {
namespace {

constexpr float kCentreX = kImpressionWidthPx / 2.0f;
constexpr float kCentreY = kImpressionHeightPx / 2.0f;
constexpr float kMasterCentreX = kMasterWidthPx / 2.0f;
constexpr float kMasterCentreY = kMasterHeightPx * 0.48f;  // fingers are placed core first

SmoothField Stretch(Random& random, float spacing_px, float amplitude_px) {
  return {random, kImpressionWidthPx, kImpressionHeightPx, spacing_px, amplitude_px};
}

}  // namespace

Pose::Pose(Random& random, Severity severity) {
  const float s = severity.value;
  rotation_rad_ = random.Gaussian(0, 0.25f * s);
  cosine_ = std::cos(rotation_rad_);
  sine_ = std::sin(rotation_rad_);
  const float scale = random.Gaussian(1, 0.035f * s);
  scale_x_ = scale * random.Gaussian(1, 0.035f * s);
  scale_y_ = scale * random.Gaussian(1, 0.035f * s);
  shift_x_px_ = kMasterCentreX + random.Gaussian(0, 22 * s);
  shift_y_px_ = kMasterCentreY + random.Gaussian(0, 28 * s);
  // Slow fields may move far, quick ones would fold the skin: amplitude follows spacing.
  const float spacing_px = random.Uniform(70, 150);
  const float amplitude_px = s * random.Uniform(0.3f, 1) * random.Uniform(1, 14) * spacing_px / 110;
  stretch_x_ = Stretch(random, spacing_px, amplitude_px);
  stretch_y_ = Stretch(random, spacing_px, amplitude_px);
}

Place Pose::ToMaster(Place impression) const {
  const float x = (impression.x_px - kCentreX) * scale_x_;
  const float y = (impression.y_px - kCentreY) * scale_y_;
  return {shift_x_px_ + cosine_ * x - sine_ * y + stretch_x_.At(impression.x_px, impression.y_px),
          shift_y_px_ + sine_ * x + cosine_ * y + stretch_y_.At(impression.x_px, impression.y_px)};
}

std::optional<Place> Pose::ToImpression(Place master) const {
  constexpr float kOutsidePx = 60;
  Place place{kCentreX, kCentreY};
  for (int step = 0; step < 16; ++step) {
    const Place reached = ToMaster(place);
    const float dx = master.x_px - reached.x_px, dy = master.y_px - reached.y_px;
    if (dx * dx + dy * dy < 1e-4f) return place;
    place.x_px += (cosine_ * dx + sine_ * dy) / scale_x_;
    place.y_px += (-sine_ * dx + cosine_ * dy) / scale_y_;
    place.x_px = std::clamp(place.x_px, -kOutsidePx, kImpressionWidthPx + kOutsidePx);
    place.y_px = std::clamp(place.y_px, -kOutsidePx, kImpressionHeightPx + kOutsidePx);
  }
  return std::nullopt;
}

void Pose::MapRow(int y_px, std::vector<float>& scratch, std::vector<float>& master_x_px,
                  std::vector<float>& master_y_px) const {
  stretch_x_.Row(y_px, scratch, master_x_px);
  stretch_y_.Row(y_px, scratch, master_y_px);
  const float y = (static_cast<float>(y_px) - kCentreY) * scale_y_;
  const float begin_x = shift_x_px_ - sine_ * y, begin_y = shift_y_px_ + cosine_ * y;
  for (size_t i = 0; i < master_x_px.size(); ++i) {
    const float x = (static_cast<float>(static_cast<int>(i)) - kCentreX) * scale_x_;
    master_x_px[i] += begin_x + cosine_ * x;
    master_y_px[i] += begin_y + sine_ * x;
  }
}

}  // namespace distinct::synthesis
