#include "matchers/finger/one_image.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace distinct::finger {
namespace {

// The extractor sees an image that was cropped on another grid of its own, which moves a minutia by
// a pixel or two and turns some bits of its code. Another capture turns 22 on average.
constexpr int kPlaceStepsMax = 4;      // of half a pixel
constexpr int kDirectionStepsMax = 5;  // of 1/256 turn: 7 degrees
constexpr int kCodeBitsMax = 12;       // of 128

struct Place {
  int x, y, turn;  // half pixels, 1/256 turns
  Code code;
};

std::vector<Place> PlacesOf(TemplateView view) {
  std::vector<Place> places;
  places.reserve(static_cast<size_t>(view.count()));
  for (int i = 0; i < view.count(); ++i) {
    const Minutia minutia = view.geometry(i);
    places.push_back({static_cast<int>(std::lround(2 * minutia.x_px)),
                      static_cast<int>(std::lround(2 * minutia.y_px)), view.turn(i), view.code(i)});
  }
  return places;
}

bool LookAlike(const Place& a, const Place& b) {
  const int apart = std::abs(a.turn - b.turn);
  if (std::min(apart, 256 - apart) > kDirectionStepsMax) return false;
  return std::popcount(a.code.low ^ b.code.low) + std::popcount(a.code.high ^ b.code.high) <=
         kCodeBitsMax;
}

// Which of `many` (bit j) each of `few` looks like.
std::vector<uint64_t> AlikeOf(const std::vector<Place>& few, const std::vector<Place>& many) {
  std::vector<uint64_t> alike(few.size(), 0);
  for (size_t i = 0; i < few.size(); ++i) {
    for (size_t j = 0; j < many.size(); ++j) {
      alike[i] |= static_cast<uint64_t>(LookAlike(few[i], many[j])) << j;
    }
  }
  return alike;
}

// Each of `few` takes the first free one of `many` in its place: where so little may move, two
// rarely ask for one.
int InPlace(const std::vector<Place>& few, const std::vector<Place>& many,
            const std::vector<uint64_t>& alike, int x, int y) {
  uint64_t taken = 0;
  int count = 0;
  for (size_t i = 0; i < few.size(); ++i) {
    for (uint64_t left = alike[i] & ~taken; left != 0; left &= left - 1) {
      const Place& other = many[static_cast<size_t>(std::countr_zero(left))];
      if (std::abs(few[i].x + x - other.x) > kPlaceStepsMax) continue;
      if (std::abs(few[i].y + y - other.y) > kPlaceStepsMax) continue;
      taken |= left & -left;
      ++count;
      break;
    }
  }
  return count;
}

}  // namespace

float ShareInPlace(TemplateView a, TemplateView b) {
  static_assert(kMinutiaeMax <= 64);
  std::vector<Place> few = PlacesOf(a), many = PlacesOf(b);
  if (few.size() > many.size()) std::swap(few, many);
  const std::vector<uint64_t> alike = AlikeOf(few, many);
  // A shift is one that lays some minutia upon another. Those of the best few are enough: an image
  // sent again that has lost all of them has lost more than it may.
  constexpr size_t kAnchors = 12;
  int best = 0;
  for (size_t i = 0; i < std::min(kAnchors, few.size()); ++i) {
    for (uint64_t left = alike[i]; left != 0; left &= left - 1) {
      const Place& other = many[static_cast<size_t>(std::countr_zero(left))];
      best = std::max(best, InPlace(few, many, alike, other.x - few[i].x, other.y - few[i].y));
    }
  }
  return static_cast<float>(best) / static_cast<float>(few.size());
}

}  // namespace distinct::finger
