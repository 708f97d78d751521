#include <algorithm>
#include <cmath>

#include "matchers/finger/context.h"
#include "matchers/finger/descriptor.h"
#include "matchers/finger/extraction.h"
#include "tools/synthesis/impression.h"
#include "tools/training/training_data.h"

namespace distinct::training {
namespace {

constexpr int kSide = 72;          // room for the trainer to turn, shift and scale
constexpr float kSamePlacePx = 9;  // one place of the finger, seen twice
constexpr float kSameAngleRad = 0.7F;
constexpr float kPi = 3.14159265F;

// A minutia that was found, with the place of the master that it shows. What the extractor misses
// is not shown to the network: trained on patches that nobody could read it reads the others worse.
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

float Distance(const Seen& a, const Seen& b) {
  return std::hypot(a.master.x_px - b.master.x_px, a.master.y_px - b.master.y_px);
}

bool SamePlace(const Seen& a, const Seen& b) {
  return Distance(a, b) < kSamePlacePx &&
         AngleBetween(a.master_angle_rad, b.master_angle_rad) < kSameAngleRad;
}

// Greedy: each unplaced minutia gathers the nearest of every other impression.
uint32_t NumberPoints(std::vector<Seen>& seen, uint32_t impressions) {
  uint32_t points = 0;
  for (Seen& centre : seen) {
    if (centre.point != 0) continue;
    std::vector<Seen*> nearest(impressions, nullptr);
    nearest[centre.impression] = &centre;
    for (Seen& other : seen) {
      if (other.point != 0 || other.impression == centre.impression) continue;
      Seen*& best = nearest[other.impression];
      if (SamePlace(centre, other) &&
          (best == nullptr || Distance(centre, other) < Distance(centre, *best))) {
        best = &other;
      }
    }
    ++points;
    for (Seen* member : nearest) {
      if (member != nullptr) member->point = points;
    }
  }
  return points;
}

}  // namespace

std::string PatchesOfFinger(const Options& options, const synthesis::Master& master) {
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
    if (!extracted.ok()) continue;
    for (const finger::Minutia& m : extracted->features.minutiae) {
      seen.push_back(Place(i, m, impression.pose));
    }
  }
  const uint32_t points = NumberPoints(seen, options.impressions);
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
