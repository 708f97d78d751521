#include "matchers/finger/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "matchers/finger/calibration.h"
#include "matchers/finger/cylinder.h"
#include "matchers/kernels/code_distances.h"

namespace distinct::finger {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// Closeness of codes: 1 - d / 64, spread over [0, 1] between these two (decisions/0001).
constexpr float kCloseLow = 0.35F;
constexpr float kCloseHigh = 0.75F;
constexpr int kDistanceMax = 41;      // the last with closeness above 0: 64 (1 - 0.35) = 41.6
constexpr float kTurnMaxRad = 1.75F;  // prints turned further against each other are not paired

// Compatibility of two pairs: logistic in difference of distance (px), of direction and of
// bearing (rad). Bearings of near neighbours are noisy and get slack; distances stretch with the
// skin and get tolerance.
struct Logistic {
  float middle, slope;
  float operator()(float v) const { return 1 / (1 + std::exp(-slope * (v - middle))); }
};
constexpr Logistic kByDistance = {8, -0.8F};
constexpr Logistic kByAngle = {0.35F, -18};
constexpr float kStretch = 0.04F;
constexpr float kSlackRad = 0.5F;
constexpr float kSlackPx = 12;
constexpr float kNoSupport = 1e-3F;

constexpr int kRelaxations = 5;
constexpr float kKeep = 0.5F;
constexpr float kSupportersMin = 8;  // three lucky pairs cannot carry each other fully
constexpr Logistic kBestPairs = {20, 0.4F};
constexpr float kBestPairsMin = 4;
constexpr float kBestPairsMax = 12;

constexpr int kAlignments = 2;
constexpr size_t kAgainMin = 3;
constexpr float kAlignedPx = 13;
constexpr float kAlignedRad = 0.5F;
constexpr float kAlignedCloseMin = 0.1F;
constexpr float kOverlapPx = 45;
constexpr float kOverlapGuard = 8;

// Tables: directions come in 1/256 turns; logistic functions are read at fixed steps.
struct Tables {
  std::array<float, 256> cosine, sine, by_direction;
  static constexpr int kDistanceSteps = 512;
  static constexpr float kDistancePerPx = 16;
  static constexpr float kDistanceFromPx = -8;
  std::array<float, kDistanceSteps> by_distance;
  static constexpr int kAngleSteps = 1024;
  std::array<float, kAngleSteps + 1> angle_of_cosine;  // acos at (i - 512) / 512
  static constexpr int kBearingSteps = 512;
  static constexpr float kBearingPerRad = 256;
  static constexpr float kBearingFromRad = -0.5F;
  std::array<float, kBearingSteps> by_bearing;

  Tables() {
    for (size_t i = 0; i < 256; ++i) {
      const float angle = static_cast<float>(i) * 2 * kPi / 256;
      cosine[i] = std::cos(angle);
      sine[i] = std::sin(angle);
      by_direction[i] = kByAngle(angle > kPi ? 2 * kPi - angle : angle);
    }
    for (size_t i = 0; i < by_distance.size(); ++i) {
      by_distance[i] =
          kByDistance((static_cast<float>(i) + 0.5F) / kDistancePerPx + kDistanceFromPx);
    }
    for (size_t i = 0; i <= kAngleSteps; ++i) {
      angle_of_cosine[i] = std::acos(std::clamp(
          (static_cast<float>(i) - kAngleSteps / 2.0F) / (kAngleSteps / 2.0F), -1.0F, 1.0F));
    }
    for (size_t i = 0; i < by_bearing.size(); ++i) {
      by_bearing[i] = kByAngle((static_cast<float>(i) + 0.5F) / kBearingPerRad + kBearingFromRad);
    }
  }

  float ByDistance(float px) const {
    const float at = (px - kDistanceFromPx) * kDistancePerPx;
    if (at >= kDistanceSteps) return 0;
    return by_distance[at < 0 ? 0 : static_cast<size_t>(at)];
  }
  float AngleOf(float cosine_value) const {
    const float at = cosine_value * (kAngleSteps / 2.0F) + kAngleSteps / 2.0F + 0.5F;
    return angle_of_cosine[static_cast<size_t>(std::clamp(at, 0.0F, float{kAngleSteps}))];
  }
  float ByBearing(float rad) const {
    const float at = (rad - kBearingFromRad) * kBearingPerRad;
    if (at >= kBearingSteps) return 0;
    return by_bearing[at < 0 ? 0 : static_cast<size_t>(at)];
  }
};

const Tables& SharedTables() {
  static const Tables kTables;
  return kTables;
}

struct AlignedCandidate {
  float closeness;
  uint16_t cell;  // probe * reference count + reference
};

}  // namespace

struct FingerProbe::Scratch {
  std::array<uint8_t, kMax * kMax> distances;    // of codes, probe by reference
  std::array<uint16_t, kMax * kMax> cells;       // candidate pairs, nearest first
  std::array<float, kMax * kMax> compatibility;  // of pairs, pair by pair
  std::array<float, kMax> initial;
  std::array<AlignedCandidate, kMax * kMax> aligned;
  Pairs final_pairs;  // after alignment, support = closeness
};

FingerProbe::Geometry FingerProbe::Read(TemplateView view) {
  const Tables& tables = SharedTables();
  Geometry out;
  out.count = view.count();
  for (int i = 0; i < out.count; ++i) {
    const Minutia m = view.geometry(i);
    const auto at = static_cast<size_t>(i);
    out.x_px[at] = m.x_px;
    out.y_px[at] = m.y_px;
    out.turn[at] = view.turn(i);
    out.cosine[at] = tables.cosine[out.turn[at]];
    out.sine[at] = tables.sine[out.turn[at]];
  }
  return out;
}

FingerProbe::FingerProbe(std::string_view bytes) : has_codes_(TemplateView(bytes).has_codes()) {
  const TemplateView view(bytes);
  geometry_ = Read(view);
  std::memcpy(codes_.data(), view.codes().data(), view.codes().size());
  const auto n = static_cast<size_t>(geometry_.count);
  for (size_t t = 0; t < n; ++t) {
    for (size_t k = 0; k < n; ++k) {
      const float dx = geometry_.x_px[k] - geometry_.x_px[t];
      const float dy = geometry_.y_px[k] - geometry_.y_px[t];
      const float distance = std::sqrt(dx * dx + dy * dy);
      const float scale = distance > 0 ? 1 / distance : 0;
      const size_t at = t * kMax + k;
      distance_px_[at] = distance;
      // (dx, -dy) turned by minus the direction: y runs down, angles run up.
      bearing_cosine_[at] = (dx * geometry_.cosine[t] - dy * geometry_.sine[t]) * scale;
      bearing_sine_[at] = (-dy * geometry_.cosine[t] - dx * geometry_.sine[t]) * scale;
    }
  }
}

// Cylinders are made at each comparison: only verification meets templates without codes, so
// searches need not pay for what they never use.
void FingerProbe::Measure(TemplateView view, const Geometry& reference, Scratch& scratch) const {
  const auto out = absl::MakeSpan(scratch.distances);
  if (has_codes_ && view.has_codes()) {
    const auto code_bytes = static_cast<size_t>(geometry_.count) * TemplateView::kCodeBytes;
    kernels::CodeDistances(std::string_view(codes_.data(), code_bytes), view.codes(), out);
    return;
  }
  const auto cylinders = [](const Geometry& of) {
    const auto n = static_cast<size_t>(of.count);
    return MakeCylinders({of.x_px.data(), n}, {of.y_px.data(), n}, {of.turn.data(), n});
  };
  CylinderDistances(cylinders(geometry_), cylinders(reference), out);
}

// Local similarity assignment: pairs by falling closeness, every minutia once. Counting sort:
// distances are small integers, and ties keep the order of the indices.
void FingerProbe::PairNearest(const Geometry& reference, Scratch& scratch, Pairs& pairs) const {
  const auto n = static_cast<size_t>(geometry_.count);
  const auto m = static_cast<size_t>(reference.count);
  constexpr auto kTurnMax = static_cast<int>(kTurnMaxRad * 256 / (2 * kPi));
  std::array<uint16_t, kDistanceMax + 2> start{};
  const auto paired = [&](size_t i, size_t j) {
    if (scratch.distances[i * m + j] > kDistanceMax) return false;
    const auto turn = static_cast<int8_t>(geometry_.turn[i] - reference.turn[j]);
    return turn <= kTurnMax && turn >= -kTurnMax;
  };
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < m; ++j) {
      if (paired(i, j)) ++start[size_t{1} + scratch.distances[i * m + j]];
    }
  }
  for (size_t d = 1; d < start.size(); ++d)
    start[d] = static_cast<uint16_t>(start[d] + start[d - 1]);
  const size_t total = start.back();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < m; ++j) {
      if (paired(i, j)) {
        scratch.cells[start[scratch.distances[i * m + j]]++] = static_cast<uint16_t>(i * m + j);
      }
    }
  }
  std::array<bool, kMax> probe_used{}, reference_used{};
  pairs.count = 0;
  for (size_t c = 0; c < total; ++c) {
    const size_t i = scratch.cells[c] / m;
    const size_t j = scratch.cells[c] % m;
    if (probe_used[i] || reference_used[j]) continue;
    probe_used[i] = reference_used[j] = true;
    const auto at = static_cast<size_t>(pairs.count++);
    pairs.probe[at] = static_cast<uint8_t>(i);
    pairs.reference[at] = static_cast<uint8_t>(j);
    const float closeness = 1 - static_cast<float>(scratch.distances[scratch.cells[c]]) / 64;
    pairs.support[at] = std::min(1.0F, (closeness - kCloseLow) / (kCloseHigh - kCloseLow));
  }
}

void FingerProbe::Relax(const Geometry& reference, Pairs& pairs, Scratch& scratch) const {
  const Tables& tables = SharedTables();
  const auto n = static_cast<size_t>(pairs.count);
  for (size_t t = 0; t < n; ++t) {
    const size_t a1 = pairs.probe[t];
    const size_t b1 = pairs.reference[t];
    scratch.compatibility[t * kMax + t] = 0;
    for (size_t k = t + 1; k < n; ++k) {
      float& forth = scratch.compatibility[t * kMax + k];
      float& back = scratch.compatibility[k * kMax + t];
      forth = back = 0;
      const size_t a2 = pairs.probe[k];
      const size_t b2 = pairs.reference[k];
      const auto turn = static_cast<uint8_t>((geometry_.turn[a1] - geometry_.turn[a2]) -
                                             (reference.turn[b1] - reference.turn[b2]));
      const float by_direction = tables.by_direction[turn];
      if (by_direction < kNoSupport) continue;
      const float dx = reference.x_px[b2] - reference.x_px[b1];
      const float dy = reference.y_px[b2] - reference.y_px[b1];
      const float distance_b = std::sqrt(dx * dx + dy * dy);
      const float distance_a = distance_px_[a1 * kMax + a2];
      const float by_distance = tables.ByDistance(std::fabs(distance_a - distance_b) -
                                                  kStretch * 0.5F * (distance_a + distance_b));
      if (by_distance < kNoSupport || distance_b <= 0) continue;
      const float scale = 1 / distance_b;
      const float slack = kSlackRad * kSlackPx / (std::min(distance_a, distance_b) + kSlackPx);
      const auto bearing = [&](size_t from_a, size_t to_a, size_t from_b, float sign) {
        const float c =
            (dx * reference.cosine[from_b] - dy * reference.sine[from_b]) * scale * sign;
        const float s =
            (-dy * reference.cosine[from_b] - dx * reference.sine[from_b]) * scale * sign;
        const size_t at = from_a * kMax + to_a;
        const float cosine = c * bearing_cosine_[at] + s * bearing_sine_[at];
        return tables.ByBearing(tables.AngleOf(cosine) - slack);
      };
      const float both = by_direction * by_distance;
      forth = both * bearing(a1, a2, b1, 1);
      back = both * bearing(a2, a1, b2, -1);
    }
  }
  const float supporters = std::max(static_cast<float>(n) - 1, kSupportersMin);
  std::array<float, kMax> next;
  for (int round = 0; round < kRelaxations; ++round) {
    for (size_t t = 0; t < n; ++t) {
      float sum = 0;
      for (size_t k = 0; k < n; ++k) {
        sum += scratch.compatibility[t * kMax + k] * pairs.support[k];
      }
      next[t] = kKeep * pairs.support[t] + (1 - kKeep) * sum / supporters;
    }
    std::copy_n(next.begin(), n, pairs.support.begin());
  }
}

// Lays the reference on the probe by the best pairs and collects what then lies together.
size_t FingerProbe::CollectAligned(const Geometry& reference, const Alignment& alignment,
                                   Scratch& scratch, ScoreParts& parts) const {
  const auto na = static_cast<size_t>(geometry_.count);
  const auto nb = static_cast<size_t>(reference.count);
  std::array<Alignment::Place, kMax> mapped;
  std::array<float, kMax> nearest_b;
  for (size_t j = 0; j < nb; ++j) {
    mapped[j] = alignment.Map(reference.x_px[j], reference.y_px[j]);
    nearest_b[j] = 1e9F;
  }
  // The fit turns clockwise as displayed; directions run the other way.
  const auto turn_fit =
      static_cast<int>(std::lround(alignment.turn_rad * 256 / (2 * std::numbers::pi)));
  constexpr auto kTurnMax = static_cast<int>(kAlignedRad * 256 / (2 * kPi));
  const auto overlaps = [](float square) { return square < kOverlapPx * kOverlapPx; };
  size_t found = 0;
  for (size_t i = 0; i < na; ++i) {
    float nearest = 1e9F;
    for (size_t j = 0; j < nb; ++j) {
      const float dx = geometry_.x_px[i] - mapped[j].x_px;
      const float dy = geometry_.y_px[i] - mapped[j].y_px;
      const float square = dx * dx + dy * dy;
      nearest = std::min(nearest, square);
      nearest_b[j] = std::min(nearest_b[j], square);
      if (square > kAlignedPx * kAlignedPx) continue;
      const auto turn = static_cast<int8_t>(geometry_.turn[i] - (reference.turn[j] - turn_fit));
      if (turn > kTurnMax || turn < -kTurnMax) continue;
      const float close =
          1 - static_cast<float>(scratch.distances[i * nb + j]) / 64 - kAlignedCloseMin;
      if (close <= 0) continue;
      scratch.aligned[found++] = {close * (1 - 0.5F * std::sqrt(square) / kAlignedPx),
                                  static_cast<uint16_t>(i * nb + j)};
    }
    parts.overlap_probe += overlaps(nearest) ? 1 : 0;
  }
  parts.overlap_reference = static_cast<int>(std::count_if(
      nearest_b.begin(), nearest_b.begin() + static_cast<std::ptrdiff_t>(nb), overlaps));
  return found;
}

// Of the candidates, the closest first, each minutia once; into the final pairs.
void FingerProbe::PairAligned(size_t reference_count, size_t found, Scratch& scratch,
                              ScoreParts& parts) {
  std::sort(scratch.aligned.begin(), scratch.aligned.begin() + static_cast<std::ptrdiff_t>(found),
            [](const AlignedCandidate& a, const AlignedCandidate& b) {
              return a.closeness > b.closeness || (a.closeness == b.closeness && a.cell < b.cell);
            });
  std::array<bool, kMax> probe_used{}, reference_used{};
  Pairs& out = scratch.final_pairs;
  out.count = 0;
  for (size_t k = 0; k < found; ++k) {
    const size_t i = scratch.aligned[k].cell / reference_count;
    const size_t j = scratch.aligned[k].cell % reference_count;
    if (probe_used[i] || reference_used[j]) continue;
    probe_used[i] = reference_used[j] = true;
    parts.aligned += scratch.aligned[k].closeness;
    const auto at = static_cast<size_t>(out.count++);
    out.probe[at] = static_cast<uint8_t>(i);
    out.reference[at] = static_cast<uint8_t>(j);
    out.support[at] = scratch.aligned[k].closeness;
  }
  parts.aligned_pairs = out.count;
}

// The best pairs lay the prints on one another; what then lies together does it again, better.
void FingerProbe::Align(const Geometry& reference, const Pairs& best, Scratch& scratch,
                        ScoreParts& parts) const {
  const Pairs* pairs = &best;
  for (int round = 0; round < kAlignments; ++round) {
    std::array<PlacePair, kMax> places;
    const auto n = static_cast<size_t>(pairs->count);
    if (round > 0 && n < kAgainMin) return;
    for (size_t i = 0; i < n; ++i) {
      places[i] = {geometry_.x_px[pairs->probe[i]], geometry_.y_px[pairs->probe[i]],
                   reference.x_px[pairs->reference[i]], reference.y_px[pairs->reference[i]],
                   pairs->support[i]};
    }
    const std::optional<Alignment> alignment =
        FitAlignment(absl::Span<const PlacePair>(places.data(), n));
    if (!alignment.has_value()) return;
    ScoreParts aligned;
    aligned.relaxed = parts.relaxed;
    const size_t found = CollectAligned(reference, *alignment, scratch, aligned);
    PairAligned(static_cast<size_t>(reference.count), found, scratch, aligned);
    parts = aligned;
    pairs = &scratch.final_pairs;
  }
}

ScoreParts FingerProbe::Run(std::string_view reference_bytes, Scratch& scratch) const {
  const TemplateView view(reference_bytes);
  ScoreParts parts;
  scratch.final_pairs.count = 0;
  const Geometry reference = Read(view);
  Measure(view, reference, scratch);
  Pairs pairs;
  PairNearest(reference, scratch, pairs);
  if (pairs.count < 2) return parts;
  Relax(reference, pairs, scratch);

  std::array<uint8_t, kMax> order;
  const auto n = static_cast<size_t>(pairs.count);
  for (size_t i = 0; i < n; ++i) order[i] = static_cast<uint8_t>(i);
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(n),
            [&](uint8_t a, uint8_t b) {
              return pairs.support[a] > pairs.support[b] ||
                     (pairs.support[a] == pairs.support[b] && a < b);
            });
  const auto smaller = static_cast<float>(std::min(geometry_.count, reference.count));
  const auto best = static_cast<int>(
      std::lround(kBestPairsMin + kBestPairs(smaller) * (kBestPairsMax - kBestPairsMin)));
  Pairs sorted;
  sorted.count = std::min(best, pairs.count);
  float sum = 0;
  for (size_t i = 0; i < static_cast<size_t>(sorted.count); ++i) {
    sorted.probe[i] = pairs.probe[order[i]];
    sorted.reference[i] = pairs.reference[order[i]];
    sorted.support[i] = pairs.support[order[i]];
    sum += sorted.support[i];
  }
  parts.relaxed = sum / static_cast<float>(best);
  Align(reference, sorted, scratch, parts);
  const auto overlap = std::sqrt(static_cast<float>(parts.overlap_probe * parts.overlap_reference));
  parts.score = parts.relaxed + parts.aligned / (overlap + kOverlapGuard);
  if (!has_codes_ || !view.has_codes()) {
    parts.score = ScoreOfCylinders(parts.score).value;
  }
  return parts;
}

ComparisonScore FingerProbe::Compare(std::string_view reference) const {
  return {Parts(reference).score};
}

ScoreParts FingerProbe::Parts(std::string_view reference) const {
  Scratch scratch;
  return Run(reference, scratch);
}

Explanation FingerProbe::Explain(std::string_view reference) const {
  Scratch scratch;
  const ScoreParts parts = Run(reference, scratch);
  Explanation out;
  out.score = {parts.score};
  const Geometry other = Read(TemplateView(reference));
  const Pairs& pairs = scratch.final_pairs;
  for (size_t i = 0; i < static_cast<size_t>(pairs.count); ++i) {
    out.pairs.push_back({geometry_.x_px[pairs.probe[i]], geometry_.y_px[pairs.probe[i]],
                         other.x_px[pairs.reference[i]], other.y_px[pairs.reference[i]],
                         pairs.support[i] / parts.aligned});
  }
  return out;
}

}  // namespace distinct::finger
