#include "tools/synthesis/true_minutiae.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "tools/synthesis/angle.h"

namespace distinct::synthesis {
namespace {

constexpr int kWidth = kMasterWidthPx;
constexpr int kHeight = kMasterHeightPx;
constexpr int kRimPx = 12;
constexpr int kBranchPx = 10;  // shorter branches are spurs or bridges of thinning
constexpr float kApartPx = 5;  // closer crossings are one minutia

// The eight neighbours in a circle, starting to the right: sides even, corners odd.
constexpr std::array<int, 8> kAround = {1,  kWidth + 1,  kWidth,  kWidth - 1,
                                        -1, -kWidth - 1, -kWidth, -kWidth + 1};

using Skeleton = std::vector<uint8_t>;  // 1 on the ridge's middle line

int At(const Skeleton& skeleton, int pixel) { return skeleton[static_cast<size_t>(pixel)]; }

int Neighbour(const Skeleton& skeleton, int pixel, int turn) {
  return At(skeleton, pixel + kAround[static_cast<size_t>(turn & 7)]);
}

// Changes from furrow to ridge around a pixel: its crossing number.
int Crossings(const Skeleton& skeleton, int pixel) {
  int crossings = 0;
  for (int turn = 0; turn < 8; ++turn) {
    crossings += Neighbour(skeleton, pixel, turn) == 0 && Neighbour(skeleton, pixel, turn + 1) == 1;
  }
  return crossings;
}

// Zhang and Suen's condition for taking a pixel of the ridge away in one of the two half steps.
bool MayGo(const Skeleton& skeleton, int pixel, int half_step) {
  int neighbours = 0;
  for (int turn = 0; turn < 8; ++turn) neighbours += Neighbour(skeleton, pixel, turn);
  if (neighbours < 2 || neighbours > 6 || Crossings(skeleton, pixel) != 1) return false;
  const int right = Neighbour(skeleton, pixel, 0), below = Neighbour(skeleton, pixel, 2);
  const int left = Neighbour(skeleton, pixel, 4), above = Neighbour(skeleton, pixel, 6);
  return half_step == 0 ? (above * right * below == 0 && right * below * left == 0)
                        : (above * right * left == 0 && above * below * left == 0);
}

Skeleton Thinned(const Master& master) {
  Skeleton skeleton(master.ridges.size());
  std::vector<int> candidates, going;
  for (int y = 1; y < kHeight - 1; ++y) {
    for (int x = 1; x < kWidth - 1; ++x) {
      const int pixel = y * kWidth + x;
      if (master.ridges[static_cast<size_t>(pixel)] <= 0) continue;
      skeleton[static_cast<size_t>(pixel)] = 1;
      candidates.push_back(pixel);
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (int half_step = 0; half_step < 2; ++half_step) {
      going.clear();
      for (const int pixel : candidates) {
        if (MayGo(skeleton, pixel, half_step)) going.push_back(pixel);
      }
      for (const int pixel : going) skeleton[static_cast<size_t>(pixel)] = 0;
      std::erase_if(candidates, [&](int pixel) { return At(skeleton, pixel) == 0; });
      changed = changed || !going.empty();
    }
  }
  return skeleton;
}

// First pixels of the branches that leave a pixel; a side stands for the corners that touch it.
std::vector<int> BranchStarts(const Skeleton& skeleton, int pixel) {
  std::vector<int> starts;
  for (int turn = 0; turn < 8; ++turn) {
    if (Neighbour(skeleton, pixel, turn) == 0 || Neighbour(skeleton, pixel, turn + 7) == 1)
      continue;
    const bool corner_before_side = turn % 2 == 1 && Neighbour(skeleton, pixel, turn + 1) == 1;
    const int start = corner_before_side ? turn + 1 : turn;
    starts.push_back(pixel + kAround[static_cast<size_t>(start & 7)]);
  }
  return starts;
}

// Direction of the branch that begins at `start`, away from `origin`; nothing if it is short.
// `seen` keeps branches apart: what one has walked, another must not.
std::optional<float> BranchDirection(const Skeleton& skeleton, int origin, int start,
                                     std::vector<int>& seen) {
  int pixel = start;
  for (int step = 1; step < kBranchPx; ++step) {
    int next = -1;
    for (int turn : {0, 2, 4, 6, 1, 3, 5, 7}) {
      const int neighbour = pixel + kAround[static_cast<size_t>(turn)];
      if (At(skeleton, neighbour) == 0) continue;
      if (std::find(seen.begin(), seen.end(), neighbour) != seen.end()) continue;
      next = neighbour;
      break;
    }
    if (next < 0) return std::nullopt;
    seen.push_back(next);
    pixel = next;
  }
  const auto right = static_cast<float>(pixel % kWidth - origin % kWidth);
  const auto down = static_cast<float>(pixel / kWidth - origin / kWidth);
  return Atan2(-down, right);
}

// Half way between the two of three directions that lie closest together.
float ClosestPairMiddle(const std::array<float, 3>& directions) {
  float best = -2, middle = 0;
  for (size_t i = 0; i < 3; ++i) {
    const float a = directions[i], b = directions[(i + 1) % 3];
    const float alike = std::cos(a - b);
    if (alike <= best) continue;
    best = alike;
    middle = Atan2(std::sin(a) + std::sin(b), std::cos(a) + std::cos(b));
  }
  return middle;
}

std::optional<TrueMinutia> MinutiaAt(const Skeleton& skeleton, int pixel) {
  const int crossings = Crossings(skeleton, pixel);
  if (crossings != 1 && crossings != 3) return std::nullopt;
  const std::vector<int> starts = BranchStarts(skeleton, pixel);
  if (static_cast<int>(starts.size()) != crossings) return std::nullopt;
  std::vector<int> seen = starts;
  seen.push_back(pixel);
  std::array<float, 3> directions{};
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto direction = BranchDirection(skeleton, pixel, starts[i], seen);
    if (!direction.has_value()) return std::nullopt;
    directions[i] = *direction;
  }
  const Place place{static_cast<float>(pixel % kWidth), static_cast<float>(pixel / kWidth)};
  if (crossings == 1) return TrueMinutia{place, Wrapped(directions[0])};
  return TrueMinutia{place, Wrapped(ClosestPairMiddle(directions)),
                     finger::MinutiaType::kBifurcation};
}

float Distance(Place a, Place b) { return std::hypot(a.x_px - b.x_px, a.y_px - b.y_px); }

}  // namespace

std::vector<TrueMinutia> TrueMinutiae(const Master& master) {
  const Skeleton skeleton = Thinned(master);
  std::vector<TrueMinutia> minutiae;
  for (int y = kRimPx; y < kHeight - kRimPx; ++y) {
    for (int x = kRimPx; x < kWidth - kRimPx; ++x) {
      if (At(skeleton, y * kWidth + x) == 0) continue;
      // Ridges end at the outline too, but that is no minutia.
      constexpr float kInside = 2.0f * kRimPx / kWidth;
      if (OnFinger(static_cast<float>(x), static_cast<float>(y)) < kInside) continue;
      const auto minutia = MinutiaAt(skeleton, y * kWidth + x);
      if (!minutia.has_value()) continue;
      const bool doubled = std::any_of(minutiae.begin(), minutiae.end(), [&](const auto& other) {
        return Distance(other.place, minutia->place) < kApartPx;
      });
      if (!doubled) minutiae.push_back(*minutia);
    }
  }
  return minutiae;
}

std::vector<VisibleMinutia> VisibleMinutiae(const std::vector<TrueMinutia>& in_master,
                                            const Impression& impression) {
  constexpr float kAheadPx = 4;  // far enough for a direction, near enough to follow distortion
  std::vector<VisibleMinutia> visible;
  for (size_t i = 0; i < in_master.size(); ++i) {
    const TrueMinutia& minutia = in_master[i];
    const auto place = impression.pose.ToImpression(minutia.place);
    const auto ahead = impression.pose.ToImpression(
        {minutia.place.x_px + kAheadPx * std::cos(minutia.direction_rad),
         minutia.place.y_px - kAheadPx * std::sin(minutia.direction_rad)});
    if (!place.has_value() || !ahead.has_value()) continue;
    const int x = static_cast<int>(std::floor(place->x_px + 0.5f));
    const int y = static_cast<int>(std::floor(place->y_px + 0.5f));
    if (x < 0 || y < 0 || x >= kImpressionWidthPx || y >= kImpressionHeightPx) continue;
    if (impression.contact[static_cast<size_t>(y * kImpressionWidthPx + x)] < 128) continue;
    const float direction_rad =
        Wrapped(Atan2(place->y_px - ahead->y_px, ahead->x_px - place->x_px));
    visible.push_back({{*place, direction_rad, minutia.type}, static_cast<int>(i)});
  }
  return visible;
}

}  // namespace distinct::synthesis
