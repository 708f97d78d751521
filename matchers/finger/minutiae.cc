#include "matchers/finger/minutiae.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace distinct::finger {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// A true branch is longer than one ridge period; what is shorter is a spur, an island or a bridge.
constexpr int kBranchPx = 10;
constexpr float kEdgeDepthMinPx = 10;  // nearer to the finger's edge ridges end because it does
constexpr float kGapMaxPx = 13;        // two endings facing each other closer than this: a cut
constexpr float kFacingMaxRad = 0.7F;
constexpr float kTwinPx = 5;            // two minutiae closer than this are one
constexpr float kDepthFullPx = 24;      // from here inwards the edge costs no quality
constexpr float kFieldTrustRad = 0.8F;  // traced branch and field differ more: trust the branch

constexpr std::array<int, 8> kDx = {1, 1, 0, -1, -1, -1, 0, 1};
constexpr std::array<int, 8> kDy = {0, 1, 1, 1, 0, -1, -1, -1};
// Straight neighbours before diagonal ones, so that a trace does not cut corners.
constexpr std::array<int, 8> kTraceOrder = {0, 2, 4, 6, 1, 3, 5, 7};

float WrappedDifference(float a, float b) {
  float d = a - b;
  while (d > kPi) d -= 2 * kPi;
  while (d < -kPi) d += 2 * kPi;
  return std::fabs(d);
}

class SkeletonReader {
 public:
  explicit SkeletonReader(const cv::Mat1b& skeleton) : skeleton_(skeleton) {}

  int CrossingNumber(int x, int y) const {
    int changes = 0;
    for (size_t k = 0; k < 8; ++k) {
      changes +=
          std::abs(At(x + kDx[k], y + kDy[k]) - At(x + kDx[(k + 1) % 8], y + kDy[(k + 1) % 8]));
    }
    return changes / 2;
  }

  // First pixels of the branches that leave (x, y): one for each run of set neighbours.
  std::vector<cv::Point> Branches(int x, int y) const {
    std::vector<cv::Point> out;
    for (size_t k = 0; k < 8; ++k) {
      if (At(x + kDx[k], y + kDy[k]) == 0 || At(x + kDx[(k + 7) % 8], y + kDy[(k + 7) % 8]) != 0) {
        continue;
      }
      size_t start = k;  // of a run that starts on a diagonal, the straight one continues the line
      const size_t next = (k + 1) % 8;
      if (k % 2 == 1 && At(x + kDx[next], y + kDy[next]) != 0) start = next;
      out.emplace_back(x + kDx[start], y + kDy[start]);
    }
    return out;
  }

  struct Trace {
    cv::Point end;
    int length = 0;
    bool met_fork = false;
  };

  // Follows one branch up to `length_max` pixels, away from `origin` and its other branches.
  Trace Follow(cv::Point origin, const std::vector<cv::Point>& starts, size_t which,
               int length_max) const {
    std::vector<cv::Point> seen = starts;
    seen.push_back(origin);
    Trace out{starts[which], 1, false};
    while (out.length < length_max) {
      cv::Point next(-1, -1);
      for (int k : kTraceOrder) {
        const cv::Point p(out.end.x + kDx[static_cast<size_t>(k)],
                          out.end.y + kDy[static_cast<size_t>(k)]);
        if (At(p.x, p.y) == 0 || std::find(seen.begin(), seen.end(), p) != seen.end()) continue;
        next = p;
        break;
      }
      if (next.x < 0) break;
      seen.push_back(next);
      out.end = next;
      ++out.length;
      if (out.length > 2 && CrossingNumber(next.x, next.y) >= 3) {
        out.met_fork = true;
        break;
      }
    }
    return out;
  }

 private:
  int At(int x, int y) const { return skeleton_(y, x); }

  const cv::Mat1b& skeleton_;
};

struct Direction {
  float x = 0, y = 0;  // unit, y down
};

Direction Towards(cv::Point from, cv::Point to) {
  const auto dx = static_cast<float>(to.x - from.x);
  const auto dy = static_cast<float>(to.y - from.y);
  const float length = std::hypot(dx, dy) + 1e-6F;
  return {dx / length, dy / length};
}

// Sum of the two branches that enclose the smallest angle.
Direction BetweenClosest(const std::vector<Direction>& d) {
  Direction best;
  float most = -2;
  for (size_t i = 0; i < d.size(); ++i) {
    for (size_t j = i + 1; j < d.size(); ++j) {
      const float cosine = d[i].x * d[j].x + d[i].y * d[j].y;
      if (cosine > most) {
        most = cosine;
        best = {d[i].x + d[j].x, d[i].y + d[j].y};
      }
    }
  }
  return best;
}

// The field knows the axis better than ten pixels of skeleton; the branch knows the sign.
float Refine(float traced_rad, float field_rad) {
  float candidate = field_rad;
  if (WrappedDifference(candidate, traced_rad) > kPi / 2) candidate += kPi;
  if (WrappedDifference(candidate, traced_rad) > kFieldTrustRad) candidate = traced_rad;
  candidate = std::fmod(candidate, 2 * kPi);
  return candidate < 0 ? candidate + 2 * kPi : candidate;
}

bool IsCut(const Minutia& a, const Minutia& b) {
  if (a.type != MinutiaType::kEnding || b.type != MinutiaType::kEnding) return false;
  const float dx = b.x_px - a.x_px;
  const float dy = b.y_px - a.y_px;
  if (std::hypot(dx, dy) > kGapMaxPx) return false;
  const float towards_b = std::atan2(-dy, dx);
  return WrappedDifference(a.direction_rad, towards_b + kPi) < kFacingMaxRad &&
         WrappedDifference(b.direction_rad, towards_b) < kFacingMaxRad;
}

std::vector<Minutia> RemoveCutsAndTwins(const std::vector<Minutia>& found) {
  std::vector<bool> gone(found.size(), false);
  for (size_t i = 0; i < found.size(); ++i) {
    for (size_t j = i + 1; j < found.size(); ++j) {
      if (IsCut(found[i], found[j])) gone[i] = gone[j] = true;
    }
  }
  std::vector<Minutia> out;
  for (size_t i = 0; i < found.size(); ++i) {
    if (gone[i]) continue;
    const bool twin = std::any_of(out.begin(), out.end(), [&](const Minutia& o) {
      return std::hypot(o.x_px - found[i].x_px, o.y_px - found[i].y_px) < kTwinPx;
    });
    if (!twin) out.push_back(found[i]);
  }
  return out;
}

}  // namespace

std::vector<Minutia> FindMinutiae(const cv::Mat1b& skeleton, const Segmentation& segmentation,
                                  const OrientationField& orientation, const Enhanced& enhanced) {
  const SkeletonReader reader(skeleton);
  std::vector<Minutia> found;
  for (int y = 3; y < skeleton.rows - 3; ++y) {
    const uint8_t* row = skeleton.ptr<uint8_t>(y);
    for (int x = 3; x < skeleton.cols - 3; ++x) {
      if (row[x] == 0 || segmentation.depth_px(y, x) < kEdgeDepthMinPx) continue;
      const int crossing = reader.CrossingNumber(x, y);
      if (crossing != 1 && crossing != 3) continue;
      const std::vector<cv::Point> starts = reader.Branches(x, y);
      if (static_cast<int>(starts.size()) != crossing) continue;
      std::vector<Direction> directions;
      bool too_short = false;
      for (size_t i = 0; i < starts.size() && !too_short; ++i) {
        const SkeletonReader::Trace trace = reader.Follow({x, y}, starts, i, kBranchPx);
        too_short = trace.length < kBranchPx - 1;
        directions.push_back(Towards({x, y}, trace.end));
      }
      if (too_short) continue;
      const bool ending = crossing == 1;
      const Direction d = ending ? directions[0] : BetweenClosest(directions);
      const auto fx = static_cast<float>(x);
      const auto fy = static_cast<float>(y);
      Minutia m;
      m.x_px = fx;
      m.y_px = fy;
      m.type = ending ? MinutiaType::kEnding : MinutiaType::kBifurcation;
      m.direction_rad = Refine(std::atan2(-d.y, d.x), orientation.AngleAt(fx, fy));
      const float depth = std::min(1.0F, segmentation.depth_px(y, x) / kDepthFullPx);
      m.quality = static_cast<uint8_t>(std::lround(
          100 *
          std::sqrt(SampleField(enhanced.reliability, fx, fy) * orientation.CoherenceAt(fx, fy)) *
          depth));
      found.push_back(m);
    }
  }
  std::vector<Minutia> out = RemoveCutsAndTwins(found);
  std::stable_sort(out.begin(), out.end(),
                   [](const Minutia& a, const Minutia& b) { return a.quality > b.quality; });
  return out;
}

}  // namespace distinct::finger
