#include "matchers/finger/alignment.h"

#include <array>
#include <cmath>
#include <utility>

namespace distinct::finger {
namespace {

// Prior of the affine correction: as if 30 px of spread had been seen without distortion.
constexpr double kLinearPrior = 900;
constexpr double kShiftPrior = 0.05;
constexpr double kWeightMin = 1e-6;
constexpr double kPivotMin = 1e-9;

using System = std::array<std::array<double, 4>, 3>;

// Gauss and Jordan with pivots; false if the system is singular. The solution is column 3.
bool Solve(System& m) {
  for (size_t i = 0; i < 3; ++i) {
    size_t pivot = i;
    for (size_t k = i + 1; k < 3; ++k) {
      if (std::fabs(m[k][i]) > std::fabs(m[pivot][i])) pivot = k;
    }
    if (std::fabs(m[pivot][i]) < kPivotMin) return false;
    std::swap(m[i], m[pivot]);
    for (size_t k = 0; k < 3; ++k) {
      if (k == i) continue;
      const double factor = m[k][i] / m[i][i];
      for (size_t j = i; j < 4; ++j) m[k][j] -= factor * m[i][j];
    }
  }
  for (size_t i = 0; i < 3; ++i) m[i][3] /= m[i][i];
  return true;
}

void FitRigid(absl::Span<const PlacePair> pairs, double weight, Alignment& out) {
  for (const PlacePair& p : pairs) {
    out.probe_x += p.weight * p.probe_x_px / weight;
    out.probe_y += p.weight * p.probe_y_px / weight;
    out.reference_x += p.weight * p.reference_x_px / weight;
    out.reference_y += p.weight * p.reference_y_px / weight;
  }
  double along = 0, across = 0;
  for (const PlacePair& pair : pairs) {
    const double p = pair.probe_x_px - out.probe_x;
    const double q = pair.probe_y_px - out.probe_y;
    const double u = pair.reference_x_px - out.reference_x;
    const double v = pair.reference_y_px - out.reference_y;
    along += pair.weight * (p * u + q * v);
    across += pair.weight * (q * u - p * v);
  }
  out.turn_rad = std::atan2(across, along);
  out.cosine = std::cos(out.turn_rad);
  out.sine = std::sin(out.turn_rad);
}

bool FitStretch(absl::Span<const PlacePair> pairs, double weight, Alignment& out) {
  System in_x{}, in_y{};
  for (const PlacePair& pair : pairs) {
    const double u = pair.reference_x_px - out.reference_x;
    const double v = pair.reference_y_px - out.reference_y;
    const std::array<double, 3> f = {out.cosine * u - out.sine * v, out.sine * u + out.cosine * v,
                                     1};
    const double residual_x = pair.probe_x_px - out.probe_x - f[0];
    const double residual_y = pair.probe_y_px - out.probe_y - f[1];
    for (size_t p = 0; p < 3; ++p) {
      for (size_t q = 0; q < 3; ++q) {
        in_x[p][q] += pair.weight * f[p] * f[q];
        in_y[p][q] += pair.weight * f[p] * f[q];
      }
      in_x[p][3] += pair.weight * f[p] * residual_x;
      in_y[p][3] += pair.weight * f[p] * residual_y;
    }
  }
  for (size_t p = 0; p < 3; ++p) {
    const double prior = weight * (p < 2 ? kLinearPrior : kShiftPrior);
    in_x[p][p] += prior;
    in_y[p][p] += prior;
  }
  if (!Solve(in_x) || !Solve(in_y)) return false;
  for (size_t p = 0; p < 3; ++p) {
    out.stretch_x[p] = in_x[p][3];
    out.stretch_y[p] = in_y[p][3];
  }
  return true;
}

}  // namespace

Alignment::Place Alignment::Map(float x_px, float y_px) const {
  const double u = x_px - reference_x;
  const double v = y_px - reference_y;
  const double x = cosine * u - sine * v;
  const double y = sine * u + cosine * v;
  return {static_cast<float>(probe_x + x + stretch_x[0] * x + stretch_x[1] * y + stretch_x[2]),
          static_cast<float>(probe_y + y + stretch_y[0] * x + stretch_y[1] * y + stretch_y[2])};
}

std::optional<Alignment> FitAlignment(absl::Span<const PlacePair> pairs) {
  double weight = 0;
  for (const PlacePair& p : pairs) weight += p.weight;
  if (weight < kWeightMin) return std::nullopt;
  Alignment out;
  FitRigid(pairs, weight, out);
  if (!FitStretch(pairs, weight, out)) return std::nullopt;
  return out;
}

}  // namespace distinct::finger
