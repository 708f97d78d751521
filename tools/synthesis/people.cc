#include "tools/synthesis/people.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "tools/synthesis/angle.h"

namespace distinct::synthesis {
namespace {

constexpr uint64_t kFamilyStream = 3;
constexpr uint64_t kFingerStream = 4;
constexpr uint64_t kCaptureStream = 5;

constexpr int kFamilies = 1024;
constexpr int kLatent =
    9;  // non-mated distances spread by 8.0 bits, as between extracted templates

// The image that a template claims to come from, and the skin around its middle, in px at 500 dpi.
constexpr int kWidthPx = 336;
constexpr int kHeightPx = 384;
constexpr float kHalfWidthPx = 155;
constexpr float kHalfHeightPx = 180;
// One place for a minutia in each cell, most of them taken: some 55 on a finger, of which a
// capture shows about 45, as extractors find them in flat captures.
constexpr float kCellPx = 36;
constexpr float kTaken = 0.85f;

// Each bit set with a probability of 1/8.
uint64_t Eighth(Random& random) { return random.Next() & random.Next() & random.Next(); }

// Bits that a capture flips: the worse the minutia, the more, each with a probability of 1/16, 3/32
// or 1/8. Two captures of one minutia differ in 128 * 2 p (1 - p) bits on average: 15, 22 or 28.
// Drawn without branches, which quality would make unpredictable.
uint64_t FlippedBits(Random& random, int quality) {
  const uint64_t half = random.Next(), three_quarters = half | random.Next();
  const uint64_t fair = quality >= 40 ? three_quarters : ~uint64_t{0};
  return Eighth(random) & (quality >= 75 ? half : fair);
}

// The flow of a loop or whorl by bare poles; enough for directions that agree between captures.
struct Flow {
  struct Pole {
    float x_px, y_px, half_charge;
  };
  std::array<Pole, 4> poles;
  int count;
  float tilt_rad;

  explicit Flow(Random& random) : poles{}, count(2), tilt_rad(random.Gaussian(0, 0.15f)) {
    const float side = random.Chance(0.5f) ? -1.0f : 1.0f;
    const float core_y_px = random.Gaussian(-10, 12);
    poles[0] = {random.Gaussian(0, 8), core_y_px, 0.5f};
    poles[1] = {side * random.Uniform(55, 135), random.Uniform(60, 140), -0.5f};
    if (random.Chance(0.3f)) {  // a whorl
      poles[2] = {random.Gaussian(0, 8), core_y_px + random.Uniform(5, 40), 0.5f};
      poles[3] = {-side * random.Uniform(70, 140), random.Uniform(60, 140), -0.5f};
      count = 4;
    }
  }

  float At(float x_px, float y_px) const {
    float angle = tilt_rad;
    for (int i = 0; i < count; ++i) {
      const Pole& pole = poles[static_cast<size_t>(i)];
      angle += pole.half_charge * Atan2(pole.y_px - y_px, x_px - pole.x_px);
    }
    return angle;
  }
};

// How a capture moves the skin: a turn, a shift, and a quadratic stretch of some pixels at the rim.
struct Motion {
  float turn_rad, cosine, sine, shift_x_px, shift_y_px;
  std::array<float, 6> stretch;
  float contact_x_px, contact_y_px, contact_scale;

  explicit Motion(Random& random)
      : turn_rad(random.Gaussian(0, 0.12f)),
        cosine(std::cos(turn_rad)),
        sine(std::sin(turn_rad)),
        shift_x_px(random.Gaussian(0, 9)),
        shift_y_px(random.Gaussian(0, 12)),
        stretch{},
        contact_x_px(random.Gaussian(0, 10)),
        contact_y_px(random.Gaussian(0, 12)),
        contact_scale(random.Uniform(0.88f, 1.05f)) {
    constexpr float kRimPx = 4;
    for (float& term : stretch) term = random.Gaussian(0, kRimPx / (kHalfWidthPx * kHalfHeightPx));
  }

  bool Touches(float x_px, float y_px) const {
    const float x = (x_px - contact_x_px) / (kHalfWidthPx * contact_scale);
    const float y = (y_px - contact_y_px) / (kHalfHeightPx * contact_scale);
    return x * x + y * y < 1;
  }

  void Move(Random& random, finger::Minutia& minutia) const {
    constexpr float kPlaceNoisePx = 1.2f, kDirectionNoiseRad = 0.08f;  // an extractor's scatter
    const float x = minutia.x_px, y = minutia.y_px;
    const float stretched_x = x + stretch[0] * x * x + stretch[1] * x * y + stretch[2] * y * y;
    const float stretched_y = y + stretch[3] * x * x + stretch[4] * x * y + stretch[5] * y * y;
    minutia.x_px = kWidthPx / 2.0f + shift_x_px + cosine * stretched_x + sine * stretched_y +
                   random.Gaussian(0, kPlaceNoisePx);
    minutia.y_px = kHeightPx / 2.0f + shift_y_px - sine * stretched_x + cosine * stretched_y +
                   random.Gaussian(0, kPlaceNoisePx);
    minutia.direction_rad =
        Wrapped(minutia.direction_rad + turn_rad + random.Gaussian(0, kDirectionNoiseRad));
  }
};

bool OnImage(const finger::Minutia& minutia) {
  return minutia.x_px >= 0 && minutia.y_px >= 0 && minutia.x_px < kWidthPx &&
         minutia.y_px < kHeightPx;
}

finger::MinutiaType RandomType(Random& random) {
  return random.Chance(0.6f) ? finger::MinutiaType::kEnding : finger::MinutiaType::kBifurcation;
}

// The best kMinutiaeMax minutiae, best first. Counting beats std::sort, which would be a third of
// the time of a finger.
std::vector<finger::Minutia> BestFirst(const std::vector<finger::Minutia>& minutiae) {
  std::array<uint8_t, 102> better{};  // better[q]: minutiae of a quality above q, then placed
  for (const finger::Minutia& minutia : minutiae) ++better[minutia.quality];
  uint8_t above = 0;
  for (size_t quality = better.size(); quality-- > 0;) {
    const uint8_t equal = better[quality];
    better[quality] = above;
    above = static_cast<uint8_t>(above + equal);
  }
  std::vector<finger::Minutia> sorted(minutiae.size());
  for (const finger::Minutia& minutia : minutiae) sorted[better[minutia.quality]++] = minutia;
  if (sorted.size() > finger::kMinutiaeMax) sorted.resize(finger::kMinutiaeMax);
  return sorted;
}

uint8_t ClampedQuality(float quality) {
  return static_cast<uint8_t>(std::clamp(quality, 1.0f, 100.0f));
}

}  // namespace

People::People(uint64_t seed) : seed_(seed), families_(kFamilies) {
  Random random{seed, kFamilyStream};
  std::vector<float> projection(static_cast<size_t>(128 * kLatent));
  for (float& weight : projection) weight = random.Gaussian();
  for (Code& family : families_) {
    std::array<float, kLatent> latent;
    for (float& value : latent) value = random.Gaussian();
    const auto bit = [&](int index) {
      const float* row = &projection[static_cast<size_t>(index * kLatent)];
      float sum = 0;
      for (size_t i = 0; i < kLatent; ++i) sum += row[i] * latent[i];
      return static_cast<uint64_t>(sum > 0);
    };
    for (int i = 0; i < 64; ++i) family.low |= bit(i) << i;
    for (int i = 0; i < 64; ++i) family.high |= bit(64 + i) << i;
  }
}

Code People::NearFamily(Random& random) const {
  Code code = families_[static_cast<size_t>(random.Below(kFamilies))];
  code.low ^= Eighth(random);
  code.high ^= Eighth(random);
  return code;
}

finger::FingerTemplate People::Finger(uint64_t person, Position position,
                                      uint32_t impression) const {
  const auto place = static_cast<uint64_t>(position);
  Random skin{seed_, person, place, kFingerStream};
  Random capture{seed_, person, place, kCaptureStream, impression};
  const Flow flow(skin);
  const Motion motion(capture);

  finger::FingerTemplate features{kWidthPx, kHeightPx, Quality{0}, {}};
  features.minutiae.reserve(80);
  for (float cell_y = -kHalfHeightPx; cell_y < kHalfHeightPx; cell_y += kCellPx) {
    for (float cell_x = -kHalfWidthPx; cell_x < kHalfWidthPx; cell_x += kCellPx) {
      finger::Minutia minutia;
      minutia.x_px = cell_x + kCellPx * skin.Uniform();
      minutia.y_px = cell_y + kCellPx * skin.Uniform();
      if (!skin.Chance(kTaken)) continue;
      minutia.direction_rad = flow.At(minutia.x_px, minutia.y_px) + (skin.Chance(0.5f) ? kPi : 0);
      minutia.type = RandomType(skin);
      minutia.code = NearFamily(skin);
      const float quality = skin.Uniform(25, 100);

      constexpr float kFound = 0.88f;
      if (!motion.Touches(minutia.x_px, minutia.y_px) || !capture.Chance(kFound)) continue;
      minutia.quality = ClampedQuality(quality + capture.Gaussian(0, 10));
      motion.Move(capture, minutia);
      minutia.code.low ^= FlippedBits(capture, minutia.quality);
      minutia.code.high ^= FlippedBits(capture, minutia.quality);
      if (OnImage(minutia)) features.minutiae.push_back(minutia);
    }
  }
  for (int falses = capture.Below(7); falses > 0; --falses) {
    finger::Minutia minutia;
    minutia.x_px = kWidthPx / 2.0f + capture.Uniform(-0.7f, 0.7f) * kHalfWidthPx;
    minutia.y_px = kHeightPx / 2.0f + capture.Uniform(-0.7f, 0.7f) * kHalfHeightPx;
    minutia.direction_rad = Wrapped(capture.Uniform(0, 2 * kPi));
    minutia.type = RandomType(capture);
    minutia.quality = ClampedQuality(capture.Uniform(10, 60));
    minutia.code = NearFamily(capture);
    features.minutiae.push_back(minutia);
  }
  features.minutiae = BestFirst(features.minutiae);
  int sum = 0;
  for (const finger::Minutia& minutia : features.minutiae) sum += minutia.quality;
  features.quality = Quality{sum / static_cast<int>(features.minutiae.size())};
  return features;
}

std::vector<Template> People::Capture(uint64_t person, uint32_t impression,
                                      absl::Span<const Position> fingers) const {
  std::vector<Template> templates;
  templates.reserve(fingers.size());
  for (const Position position : fingers) {
    const finger::FingerTemplate features = Finger(person, position, impression);
    templates.push_back(
        {position, finger::kTemplateVersion, features.quality, finger::Serialize(features)});
  }
  return templates;
}

}  // namespace distinct::synthesis
