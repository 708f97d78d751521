#include "tools/synthesis/impression.h"

#include <algorithm>
#include <memory>

#include "tools/synthesis/random.h"
#include "tools/synthesis/sensor.h"
#include "tools/synthesis/skin.h"

namespace distinct::synthesis {
namespace {

constexpr uint64_t kImpressionStream = 2;
constexpr int kWidth = kImpressionWidthPx;
constexpr int kHeight = kImpressionHeightPx;
constexpr size_t kPixels = static_cast<size_t>(kWidth) * static_cast<size_t>(kHeight);

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

// What an earlier finger left on the glass: another print, faint. The master read in a mirror is
// as good as another finger's.
class Residue {
 public:
  Residue(Random& random, Severity severity, const Condition& condition)
      : opacity_(condition.residue.value_or(random.Uniform(0.05f, 0.35f))),
        pose_(random, severity),
        area_(random, severity, {}) {
    for (Row* row : {&u_, &v_, &touch_}) row->resize(kWidth);
  }

  void Add(int y_px, const Master& master, Row& ink) {
    pose_.MapRow(y_px, scratch_, u_, v_);
    for (float& u : u_) u = kMasterWidthPx - 1 - u;
    area_.Touch(y_px, u_, v_, touch_);
    for (size_t x = 0; x < kWidth; ++x) {
      if (touch_[x] <= 0) continue;
      const float height = Bilinear(master.ridges.data(), u_[x], v_[x]) * (1 / kRidgeScale);
      ink[x] += (1 - ink[x]) * opacity_ * touch_[x] * Step(4, height);
    }
  }

 private:
  float opacity_;
  Pose pose_;
  ContactArea area_;
  Row u_, v_, touch_, scratch_;
};

// Draws an impression row by row: every quantity is a row that the next stage works on.
class Renderer {
 public:
  Renderer(const Master& master, Random& random, Severity severity, const Condition& condition)
      : master_(master),
        pose_(random, {condition.distortion.value_or(severity.value)}),
        skin_(random, severity, condition),
        area_(random, severity, condition),
        sensor_(random, severity, condition) {
    const bool drawn = random.Chance(0.3f * severity.value);
    if (condition.residue.has_value() ? *condition.residue > 0 : drawn) {
      residue_ = std::make_unique<Residue>(random, severity, condition);
    }
    for (Row* row : {&u_, &v_, &height_, &touch_, &ink_, &light_[0], &light_[1], &light_[2]}) {
      row->resize(kWidth);
    }
  }

  Impression Draw(Random& random) {
    std::vector<uint8_t> grey(kPixels), contact(kPixels);
    for (int y = 0; y < kHeight; ++y) {
      pose_.MapRow(y, scratch_, u_, v_);
      area_.Touch(y, u_, v_, touch_);
      const size_t begin = static_cast<size_t>(y) * kWidth;
      for (size_t x = 0; x < kWidth; ++x) {
        contact[begin + x] = static_cast<uint8_t>(255 * touch_[x]);
      }
      Ink(y);
      sensor_.Sense(y, ink_, touch_, light_[2]);
      // Rows lag by one, since the blur of a row needs the next. Beyond the border its row repeats.
      if (y == 0) light_[0] = light_[1] = light_[2];
      if (y > 0) sensor_.Digitise(random, light_[0], light_[1], light_[2], &grey[begin - kWidth]);
      std::swap(light_[0], light_[1]);
      std::swap(light_[1], light_[2]);
    }
    light_[2] = light_[1];
    sensor_.Digitise(random, light_[0], light_[1], light_[2], &grey[kPixels - kWidth]);
    return {std::move(pose_), std::move(grey), std::move(contact), ridges_.Mean(), furrows_.Mean()};
  }

 private:
  void Ink(int y) {
    const int8_t* ridges = master_.ridges.data();
    for (size_t x = 0; x < kWidth; ++x) {
      height_[x] = touch_[x] > 0 ? Bilinear(ridges, u_[x], v_[x]) * (1 / kRidgeScale) : 0;
    }
    skin_.Press(y, height_, touch_, ink_);
    skin_.Moisten(y, ink_);
    skin_.Mark(y, u_, v_, touch_, master_.marks, ink_);
    for (size_t x = 0; x < kWidth; ++x) {
      if (touch_[x] == 1) (height_[x] > 0 ? ridges_ : furrows_).Add(ink_[x]);
      ink_[x] *= touch_[x];
    }
    if (residue_ != nullptr) residue_->Add(y, master_, ink_);
  }

  struct InkMean {
    double sum = 0, count = 0;
    void Add(float ink) {
      sum += ink;
      count += 1;
    }
    float Mean() const { return count > 0 ? static_cast<float>(sum / count) : 0; }
  };

  const Master& master_;
  Pose pose_;
  Skin skin_;
  ContactArea area_;
  Sensor sensor_;
  std::unique_ptr<Residue> residue_;  // none: the glass was clean
  Row u_, v_;                         // the place of the master that each pixel shows
  Row height_, touch_, ink_, scratch_;
  Row light_[3];  // above, here, below
  InkMean ridges_, furrows_;
};

}  // namespace

Condition Faultless() {
  Condition out;
  out.pressure = out.dryness = out.cracks = out.wetness = out.blots = out.noise = 0;
  out.scratches = out.residue = 0;
  return out;
}

Impression MakeImpression(const Master& master, uint32_t impression, Severity severity,
                          const Condition& condition) {
  const FingerKey& key = master.key;
  Random random{key.seed, key.person, static_cast<uint64_t>(key.position), kImpressionStream,
                impression};
  Renderer renderer(master, random, severity, condition);
  return renderer.Draw(random);
}

}  // namespace distinct::synthesis
