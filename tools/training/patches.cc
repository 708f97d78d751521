#include <algorithm>
#include <cmath>

#include "matchers/finger/context.h"
#include "matchers/finger/descriptor.h"
#include "matchers/finger/extraction.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/random.h"
#include "tools/synthesis/true_minutiae.h"
#include "tools/training/training_data.h"

namespace distinct::training {
namespace {

constexpr uint64_t kPatchStream = 9;
constexpr int kSide = 72;          // room for the trainer to turn, shift and scale
constexpr float kSamePlacePx = 9;  // one place of the finger, seen twice
constexpr float kSameAngleRad = 0.7F;
constexpr float kPi = 3.14159265F;

// A minutia that was found, or a true one that was not, with the place of the master it shows.
struct Seen {
  uint32_t impression = 0;
  finger::Minutia minutia;
  synthesis::Place master;
  float master_angle_rad = 0;
  uint32_t point = 0;  // 0: none yet
};

float AngleBetween(float a, float b) { return std::fabs(std::remainder(a - b, 2 * kPi)); }

Seen Place(uint32_t i, const finger::Minutia& minutia, const synthesis::Pose& pose) {
  constexpr float kAheadPx = 4;
  Seen out{i, minutia, pose.ToMaster({minutia.x_px, minutia.y_px}), 0, 0};
  const synthesis::Place ahead =
      pose.ToMaster({minutia.x_px + kAheadPx * std::cos(minutia.direction_rad),
                     minutia.y_px - kAheadPx * std::sin(minutia.direction_rad)});
  out.master_angle_rad = std::atan2(out.master.y_px - ahead.y_px, ahead.x_px - out.master.x_px);
  return out;
}

bool SamePlace(const Seen& a, const Seen& b) {
  return std::hypot(a.master.x_px - b.master.x_px, a.master.y_px - b.master.y_px) < kSamePlacePx &&
         AngleBetween(a.master_angle_rad, b.master_angle_rad) < kSameAngleRad;
}

// Greedy: each unplaced minutia gathers the nearest of every other impression.
uint32_t NumberPoints(std::vector<Seen>& seen) {
  uint32_t points = 0;
  for (Seen& centre : seen) {
    if (centre.point != 0) continue;
    centre.point = ++points;
    for (Seen& other : seen) {
      if (other.point != 0 || other.impression == centre.impression) continue;
      if (SamePlace(centre, other)) other.point = points;
    }
  }
  return points;
}

}  // namespace

std::string PatchesOfFinger(const Options& options, const synthesis::Master& master) {
  synthesis::Random random{master.key.seed, master.key.person,
                           static_cast<uint64_t>(master.key.position), kPatchStream};
  const auto truth = synthesis::TrueMinutiae(master);
  std::vector<Seen> seen;
  finger::ContextMaker maker;
  std::vector<cv::Mat_<int8_t>> contexts;
  for (uint32_t i = 0; i < options.impressions; ++i) {
    const auto impression = synthesis::MakeImpression(master, i, {SeverityOf(i)});
    const image::GreyImage grey = GreyOf(impression);
    contexts.push_back(
        maker.Make({grey.height_px, grey.width_px, const_cast<uint8_t*>(grey.pixels.data())})
            .clone());
    const auto extracted = ExtractorOfThread().ExtractPixels(grey, nullptr);
    const size_t found_from = seen.size();
    if (extracted.ok()) {
      for (const finger::Minutia& m : extracted->features.minutiae) {
        seen.push_back(Place(i, m, impression.pose));
      }
    }
    const size_t found_to = seen.size();
    // True minutiae that were missed, with an extractor's jitter.
    for (const auto& v : synthesis::VisibleMinutiae(truth, impression)) {
      finger::Minutia m;
      m.x_px = v.minutia.place.x_px + random.Gaussian(0, 1.5F);
      m.y_px = v.minutia.place.y_px + random.Gaussian(0, 1.5F);
      m.direction_rad = v.minutia.direction_rad + random.Gaussian(0, 0.08F);
      const Seen candidate = Place(i, m, impression.pose);
      const bool known = std::any_of(seen.begin() + static_cast<std::ptrdiff_t>(found_from),
                                     seen.begin() + static_cast<std::ptrdiff_t>(found_to),
                                     [&](const Seen& s) { return SamePlace(s, candidate); });
      if (!known) seen.push_back(candidate);
    }
  }
  const uint32_t points = NumberPoints(seen);
  std::vector<uint32_t> sizes(points + 1, 0);
  for (const Seen& s : seen) ++sizes[s.point];
  std::string out;
  uint32_t count = 0;
  for (const Seen& s : seen) count += sizes[s.point] > 1 ? 1 : 0;
  Put(out, &count, 1);
  for (const Seen& s : seen) {
    if (sizes[s.point] < 2) continue;
    const uint32_t head[2] = {s.point, s.impression};
    Put(out, head, 2);
    int8_t patch[kSide * kSide];
    finger::CutSquare(contexts[s.impression], s.minutia, kSide, 1, patch);
    Put(out, patch, kSide * kSide);
  }
  return out;
}

}  // namespace distinct::training
