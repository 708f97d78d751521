#include "matchers/finger/cylinder.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "matchers/check.h"

namespace distinct::finger {
namespace {

constexpr auto kDirections = static_cast<size_t>(kCylinderShape.directions);
constexpr size_t kCells = kCylinderValues / kDirections;

// Places in half pixels, as templates have them; cosines in 1/16384; nearness in 1/255.
constexpr int kUnitsPerPx = 2;
constexpr int kTurnShift = 14;
constexpr int kNearMax = 255;
constexpr int kSquareShift = 4;       // steps of the table of Gaussians: 4 square pixels
constexpr double kReachSigmas = 3.4;  // beyond, a Gaussian rounds to 0 of 255
constexpr int kSquareSteps =
    static_cast<int>(kReachSigmas * kReachSigmas * kCylinderShape.spread_px *
                     kCylinderShape.spread_px * kUnitsPerPx * kUnitsPerPx) >>
    kSquareShift;

// Distance = kScale (1 - likeness) + kOffset, likeness in [0, 1].
constexpr float kScale = 66;
constexpr float kOffset = -24;
// What is missing of two neighbours each counts as different, or minutiae that stand alone would
// be alike.
constexpr int kSquaresMin = 2 * 127 * 127;

struct Tables {
  struct Cell {
    int x, y;
  };

  std::array<int, 256> cosine, sine;
  std::array<Cell, kCells> cells;                                  // centres, x along the minutia
  std::array<uint8_t, kSquareSteps> by_square;                     // of a distance from a centre
  std::array<std::array<uint8_t, kDirections>, 256> by_direction;  // of a turn of 1/256

  Tables() {
    constexpr double kTurn = 2 * std::numbers::pi;
    for (size_t i = 0; i < 256; ++i) {
      const double angle = kTurn * static_cast<double>(i) / 256;
      cosine[i] = static_cast<int>(std::lround(std::cos(angle) * (1 << kTurnShift)));
      sine[i] = static_cast<int>(std::lround(std::sin(angle) * (1 << kTurnShift)));
      for (size_t k = 0; k < kDirections; ++k) {
        const double middle = kTurn * (static_cast<double>(k) + 0.5) / kDirections;
        by_direction[i][k] =
            Near(std::remainder(angle - middle, kTurn) / kCylinderShape.spread_rad);
      }
    }
    for (size_t i = 0; i < by_square.size(); ++i) {
      const double square = (static_cast<double>(i) + 0.5) * (1 << kSquareShift);
      by_square[i] = Near(std::sqrt(square) / (kUnitsPerPx * kCylinderShape.spread_px));
    }
    constexpr int kLast = kCylinderShape.cells_a_side - 1;
    const auto centre = [](int i) {
      return static_cast<int>(
          std::lround((i - kLast / 2.0) * kCylinderShape.cell_px * kUnitsPerPx));
    };
    size_t cell = 0;
    for (int i = 0; i <= kLast; ++i) {
      for (int j = 0; j <= kLast; ++j) {
        if ((i == 0 || i == kLast) && (j == 0 || j == kLast)) continue;
        cells[cell++] = {centre(i), centre(j)};
      }
    }
  }

  static uint8_t Near(double sigmas) {
    return static_cast<uint8_t>(std::lround(kNearMax * std::exp(-0.5 * sigmas * sigmas)));
  }
};

const Tables& SharedTables() {
  static const Tables kTables;
  return kTables;
}

// Half pixels, y down.
struct Minutiae {
  std::array<int, kMinutiaeMax> x, y;
  std::array<uint8_t, kMinutiaeMax> turn;
};

// Sums for the cells around one minutia, in 1/255 of 1/255.
std::array<int, kCylinderValues> SumsAround(const Minutiae& all, size_t count, size_t centre) {
  const Tables& tables = SharedTables();
  std::array<int, kCylinderValues> sums{};
  const int c = tables.cosine[all.turn[centre]];
  const int s = tables.sine[all.turn[centre]];
  for (size_t t = 0; t < count; ++t) {
    if (t == centre) continue;
    const int dx = all.x[t] - all.x[centre];
    const int dy = all.y[centre] - all.y[t];  // up
    constexpr int kHalf = 1 << (kTurnShift - 1);
    const int along = (c * dx + s * dy + kHalf) >> kTurnShift;
    const int left = (c * dy - s * dx + kHalf) >> kTurnShift;
    const auto& near = tables.by_direction[static_cast<uint8_t>(all.turn[t] - all.turn[centre])];
    for (size_t i = 0; i < kCells; ++i) {
      const int u = along - tables.cells[i].x;
      const int v = left - tables.cells[i].y;
      const int step = (u * u + v * v) >> kSquareShift;
      if (step >= kSquareSteps) continue;
      const int weight = tables.by_square[static_cast<size_t>(step)];
      for (size_t k = 0; k < kDirections; ++k) sums[i * kDirections + k] += weight * near[k];
    }
  }
  return sums;
}

}  // namespace

Cylinders MakeCylinders(absl::Span<const float> x_px, absl::Span<const float> y_px,
                        absl::Span<const uint8_t> turn) {
  Cylinders out;
  out.count = turn.size();
  CHECK(out.count <= kMinutiaeMax && x_px.size() == out.count && y_px.size() == out.count);
  Minutiae all;
  for (size_t i = 0; i < out.count; ++i) {
    all.x[i] = static_cast<int>(x_px[i] * kUnitsPerPx);
    all.y[i] = static_cast<int>(y_px[i] * kUnitsPerPx);
    all.turn[i] = turn[i];
  }
  for (size_t i = 0; i < out.count; ++i) {
    const auto sums = SumsAround(all, out.count, i);
    out.squares[i] = 0;
    for (size_t k = 0; k < kCylinderValues; ++k) {
      const auto root = static_cast<int>(std::sqrt(static_cast<float>(sums[k])) / 2);
      out.values[i][k] = static_cast<uint8_t>(std::min(root, 255));
      out.squares[i] += out.values[i][k] * out.values[i][k];
    }
  }
  return out;
}

void CylinderDistances(const Cylinders& probe, const Cylinders& reference,
                       absl::Span<uint8_t> out) {
  CHECK(out.size() >= probe.count * reference.count);
  for (size_t i = 0; i < probe.count; ++i) {
    for (size_t j = 0; j < reference.count; ++j) {
      const auto& a = probe.values[i];
      const auto& b = reference.values[j];
      int product = 0;
      for (size_t k = 0; k < kCylinderValues; ++k) product += a[k] * b[k];
      const int squares = std::max(probe.squares[i] + reference.squares[j], kSquaresMin);
      const float likeness = 2 * static_cast<float>(product) / static_cast<float>(squares);
      out[i * reference.count + j] =
          static_cast<uint8_t>(std::max(0.0F, kScale * (1 - likeness) + kOffset + 0.5F));
    }
  }
}

}  // namespace distinct::finger
