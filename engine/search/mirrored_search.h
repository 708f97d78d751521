// A probe whose hands may have been exchanged: right fingers labelled as left ones and the reverse.
// No finger of it stands where the search looks, so that somebody enrolled already would be found
// by none of them.
//
//   probe -> mirrored positions -> a few fingers, searched with small budgets
//                                    -> whoever they are alike to, compared by all fingers
//
// Fingers exchanged within a hand need no search of their own: the others find the person, and
// inspection.h sees which are exchanged. What it costs and finds:
// decisions/0003-mirrored-search.md.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "matchers/modalities.h"

namespace distinct::search {

// The same finger of the other hand; the position itself if it has no hand (face, unknown finger).
constexpr Position Mirrored(Position position) {
  constexpr int kOfAHand = 5;
  const int number = static_cast<int>(position);
  if (position == Position::kUnknownFinger || !IsFinger(position)) return position;
  return static_cast<Position>(number <= kOfAHand ? number + kOfAHand : number - kOfAHand);
}

// The fingers that have a hand, each as of the other one.
std::vector<Template> MirroredFingers(absl::Span<const Template> probe);

// Of the positions that speak first (SpeakingKey()), `count`: the sample with the most codes of
// each.
std::vector<Template> FirstToSpeak(const Modalities& modalities, absl::Span<const Template> fingers,
                                   int count);

}  // namespace distinct::search
