#include "tools/synthesis/master.h"

#include <algorithm>
#include <cmath>

#include "tools/synthesis/random.h"
#include "tools/synthesis/smooth_field.h"

namespace distinct::synthesis {
namespace {

constexpr uint64_t kMasterStream = 1;

// Ridge distance at 500 dpi: about 9 px in adults, 7 to 11.5 over people and fingers. It varies by
// some percent within a print, and is wider below the core, towards the joint.
struct RidgePeriod {
  float mean_px;
  float widening;
  SmoothField variation;

  explicit RidgePeriod(Random& random)
      : mean_px(std::clamp(random.Gaussian(9.0f, 0.9f), 7.0f, 11.5f)),
        widening(random.Uniform(0, 0.12f)),
        variation(random, kMasterWidthPx, kMasterHeightPx, random.Uniform(50, 100),
                  random.Uniform(0.03f, 0.10f)) {}

  float At(float x_px, float y_px) const {
    const float below = std::max(0.0f, y_px / kMasterHeightPx - 0.6f) / 0.4f;
    return mean_px * (1 + variation.At(x_px, y_px) + widening * below);
  }
};

GrowthPlan PlanGrowth(const OrientationField& orientation, const RidgePeriod& period) {
  GrowthPlan plan{kMasterWidthPx / 2, kMasterHeightPx / 2, {}, {}, {}};
  plan.kernel.resize(static_cast<size_t>(plan.width) * static_cast<size_t>(plan.height));
  for (int y = 0; y < plan.height; ++y) {
    const float y_px = 2 * static_cast<float>(y) + 0.5f;
    int begin = 0, end = plan.width;
    while (begin < end && OnFinger(2 * static_cast<float>(begin) + 0.5f, y_px) <= 0) ++begin;
    while (begin < end && OnFinger(2 * static_cast<float>(end - 1) + 0.5f, y_px) <= 0) --end;
    plan.begin.push_back(begin);
    plan.end.push_back(end);
    for (int x = begin; x < end; ++x) {
      const float x_px = 2 * static_cast<float>(x) + 0.5f;
      plan.kernel[static_cast<size_t>(y * plan.width + x)] =
          KernelIndex(orientation.At(x_px, y_px), period.At(x_px, y_px));
    }
  }
  return plan;
}

// Half of the fingers have creases, up to eight; pores lie on the ridges.
void DrawMarks(Random& random, Master& master) {
  OpacityMap& marks = master.marks;
  marks.width_px = kMasterWidthPx;
  marks.height_px = kMasterHeightPx;
  const int creases = random.Chance(0.5f) ? 0 : random.Below(9);
  for (int i = 0; i < creases; ++i) {
    Paint(RandomCurve(random, marks, random.Uniform(30, 200), random.Gaussian(0, 8),
                      random.Uniform(1, 4.5f), random.Uniform(0.5f, 1)),
          marks);
  }
  const int pores = random.Chance(0.4f) ? 0 : random.Below(500);
  for (int i = 0; i < pores; ++i) {
    const int x = random.Below(kMasterWidthPx), y = random.Below(kMasterHeightPx);
    const float width_px = random.Uniform(0.5f, 1.8f), opacity = random.Uniform(0.3f, 0.9f);
    const int height = master.ridges[static_cast<size_t>(y * kMasterWidthPx + x)];
    if (static_cast<float>(height) < 0.6f * kRidgeScale) continue;
    const auto x_px = static_cast<float>(x), y_px = static_cast<float>(y);
    Paint({x_px, y_px, x_px + 0.6f, y_px + 0.3f, 0, width_px, opacity}, marks);
  }
}

}  // namespace

float OnFinger(float x_px, float y_px) {
  const float x = (x_px + 0.5f) * (2.0f / kMasterWidthPx) - 1;
  const float y = (y_px + 0.5f) * (2.0f / kMasterHeightPx) - 1;
  return 1 - std::sqrt(x * x + y * y);
}

Master MasterMaker::Make(const FingerKey& key) {
  Random random{key.seed, key.person, static_cast<uint64_t>(key.position), kMasterStream};
  const OrientationField orientation(random, key.position, kMasterWidthPx, kMasterHeightPx);
  const RidgePeriod period(random);
  const GrowthPlan plan = PlanGrowth(orientation, period);
  const int passes = 14 + random.Below(14);
  Master master{key, orientation.pattern(), period.mean_px, grower_.Grow(random, plan, passes), {}};
  DrawMarks(random, master);
  return master;
}

Master MakeMaster(const FingerKey& key) { return MasterMaker().Make(key); }

}  // namespace distinct::synthesis
