// Cylinders against their definition in floating point, and the laws of geometry.
#include "matchers/finger/cylinder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace distinct::finger {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr int kPairedMax = 41;  // comparison.cc

// Places in halves of pixels, directions in 1/256 turns: what a template keeps.
struct Places {
  std::vector<float> x_px, y_px;
  std::vector<uint8_t> turn;

  void Add(double x, double y, double turns) {
    x_px.push_back(static_cast<float>(std::lround(2 * x)) / 2);
    y_px.push_back(static_cast<float>(std::lround(2 * y)) / 2);
    turn.push_back(static_cast<uint8_t>(std::lround(turns * 256)));
  }
};

Places Random(uint64_t seed, int minutiae) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> place(200, 420), turns(0, 1);
  Places out;
  for (int i = 0; i < minutiae; ++i) out.Add(place(random), place(random), turns(random));
  return out;
}

// Turned counter-clockwise as displayed about (300, 300), then shifted by (40, -30).
Places Moved(const Places& in, double turns) {
  const double c = std::cos(kTurn * turns);
  const double s = std::sin(kTurn * turns);
  Places out;
  for (size_t i = 0; i < in.turn.size(); ++i) {
    const double x = in.x_px[i] - 300;
    const double y = in.y_px[i] - 300;
    out.Add(300 + c * x + s * y + 40, 300 - s * x + c * y - 30, in.turn[i] / 256.0 + turns);
  }
  return out;
}

Cylinders CylindersOf(const Places& places) {
  return MakeCylinders(places.x_px, places.y_px, places.turn);
}

std::vector<uint8_t> Distances(const Cylinders& a, const Cylinders& b) {
  std::vector<uint8_t> out(a.count * b.count);
  CylinderDistances(a, b, absl::MakeSpan(out));
  return out;
}

// Calls `visit(x, y, k)` for every value in its order: the cell's centre in px from the minutia, x
// along it and y to its left, and the direction.
template <typename Visit>
void ForEachValue(const Visit& visit) {
  constexpr CylinderShape kShape = kCylinderShape;
  const int last = kShape.cells_a_side - 1;
  for (int i = 0; i <= last; ++i) {
    for (int j = 0; j <= last; ++j) {
      if ((i == 0 || i == last) && (j == 0 || j == last)) continue;
      for (int k = 0; k < kShape.directions; ++k) {
        visit((i - last / 2.0) * kShape.cell_px, (j - last / 2.0) * kShape.cell_px, k);
      }
    }
  }
}

std::vector<double> Definition(const Places& p, size_t centre) {
  constexpr CylinderShape kShape = kCylinderShape;
  const double angle = kTurn * p.turn[centre] / 256;
  std::vector<double> values;
  ForEachValue([&](double x, double y, int k) {
    double sum = 0;
    for (size_t t = 0; t < p.turn.size(); ++t) {
      if (t == centre) continue;
      const double dx = p.x_px[t] - p.x_px[centre];
      const double dy = p.y_px[centre] - p.y_px[t];
      const double along = std::cos(angle) * dx + std::sin(angle) * dy;
      const double left = std::cos(angle) * dy - std::sin(angle) * dx;
      const double off = std::remainder(
          kTurn * (p.turn[t] - p.turn[centre]) / 256 - kTurn * (k + 0.5) / kShape.directions,
          kTurn);
      sum += std::exp(-0.5 * std::pow(std::hypot(along - x, left - y) / kShape.spread_px, 2)) *
             std::exp(-0.5 * std::pow(off / kShape.spread_rad, 2));
    }
    values.push_back(std::sqrt(sum));
  });
  return values;
}

TEST(Cylinder, HasTheValuesOfItsDefinition) {
  // Of a sum: 8-bit tables in steps of 4 square pixels; of its root: 1/127.
  constexpr double kRounding = 0.03;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Places places = Random(seed, 40);
    const Cylinders cylinders = CylindersOf(places);
    ASSERT_EQ(cylinders.count, 40U);
    for (size_t i = 0; i < cylinders.count; ++i) {
      const std::vector<double> want = Definition(places, i);
      ASSERT_EQ(want.size(), kCylinderValues);
      int square = 0;
      for (size_t v = 0; v < kCylinderValues; ++v) {
        const double value = cylinders.values[i][v] / 127.0;
        EXPECT_NEAR(value * value, std::pow(std::min(want[v], 255 / 127.0), 2),
                    kRounding * (1 + value));
        square += cylinders.values[i][v] * cylinders.values[i][v];
      }
      EXPECT_EQ(cylinders.squares[i], square);
    }
  }
}

TEST(Cylinder, TellsWhereANeighbourLies) {
  constexpr double kCell = kCylinderShape.cell_px;
  Places places;
  places.Add(300, 300, 0.25);                              // looks up
  places.Add(300 - kCell / 2, 300 - 3 * kCell / 2, 0.25);  // ahead of it, a little to its left
  const Cylinders cylinders = CylindersOf(places);
  size_t v = 0;
  ForEachValue([&](double x, double y, int k) {
    const int value = cylinders.values[0][v++];
    // Turned by nothing: between the first direction and the last.
    if (x == 1.5 * kCell && y == 0.5 * kCell && (k == 0 || k == kCylinderShape.directions - 1)) {
      EXPECT_GT(value, 40) << k;
    }
    if (std::fabs(x - 1.5 * kCell) + std::fabs(y - 0.5 * kCell) > 2 * kCell) {
      EXPECT_EQ(value, 0) << x << " " << y << " " << k;
    }
  });
}

TEST(Cylinder, StaysWhenAPrintIsTurnedAndShifted) {
  const Places places = Random(3, 45);
  for (const double turns : {0.03, 0.25, 0.61}) {
    const auto distances = Distances(CylindersOf(places), CylindersOf(Moved(places, turns)));
    for (size_t i = 0; i < 45; ++i) EXPECT_LT(distances[i * 45 + i], 16) << turns;
  }
}

TEST(Cylinder, IsNearestToItselfInAnotherCaptureOfThePrint) {
  const Places first = Random(4, 45);
  // Two pixels and 7 degrees off, a third of the minutiae exchanged for others.
  std::mt19937_64 random(5);
  std::normal_distribution<double> off_px(0, 2), off_turns(0, 0.02);
  Places second = Random(6, 45);
  for (size_t i = 0; i < 30; ++i) {
    second.x_px[i] = std::round(2 * (first.x_px[i] + static_cast<float>(off_px(random)))) / 2;
    second.y_px[i] = std::round(2 * (first.y_px[i] + static_cast<float>(off_px(random)))) / 2;
    second.turn[i] = static_cast<uint8_t>(first.turn[i] + std::lround(256 * off_turns(random)));
  }
  const auto distances = Distances(CylindersOf(first), CylindersOf(second));
  int nearest = 0;
  for (size_t i = 0; i < 30; ++i) {
    const auto row = distances.begin() + static_cast<std::ptrdiff_t>(i * 45);
    nearest += *std::min_element(row, row + 45) == row[static_cast<std::ptrdiff_t>(i)] ? 1 : 0;
  }
  EXPECT_GE(nearest, 27);
}

TEST(Cylinder, HasNoDistanceFromItself) {
  const Cylinders cylinders = CylindersOf(Random(4, 45));
  const auto distances = Distances(cylinders, cylinders);
  for (size_t i = 0; i < 45; ++i) EXPECT_EQ(distances[i * 45 + i], 0);
}

TEST(Cylinder, OfMinutiaeWithoutNeighboursAreNotAlike) {
  Places alone;
  for (int i = 0; i < 4; ++i) alone.Add(100 + 500 * i, 100, 0.1 * i);
  const Cylinders cylinders = CylindersOf(alone);
  for (const uint8_t distance : Distances(cylinders, cylinders)) EXPECT_GT(distance, kPairedMax);
}

TEST(Cylinder, OfMinutiaeInOnePlaceAreAlike) {
  Places heap;
  for (int i = 0; i < kMinutiaeMax; ++i) heap.Add(300, 300, 0.5);
  const Cylinders cylinders = CylindersOf(heap);
  for (const uint8_t distance : Distances(cylinders, cylinders)) EXPECT_EQ(distance, 0);
}

}  // namespace
}  // namespace distinct::finger
