// Sets of images that exist only as names and scores.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "tools/distinct/eval.h"

namespace distinct::cli {

// `impressions` images of each of `identities`, 1_1.png, 1_2.png, ..., all of quality 50, every
// pair compared: mated pairs score 2, non-mated ones 1.
inline SetScores MadeUpSet(const std::string& name, uint32_t identities, uint32_t impressions) {
  SetScores scores;
  scores.set.name = name;
  scores.set.identities = identities;
  for (uint32_t i = 0; i < identities; ++i) {
    for (uint32_t k = 0; k < impressions; ++k) {
      const std::string file = absl::StrCat(i + 1, "_", k + 1, ".png");
      scores.set.images.push_back({file, file, absl::StrCat(i + 1), i});
      scores.facts.push_back({Quality{50}, {}, ""});
    }
  }
  const auto images = static_cast<uint32_t>(scores.set.images.size());
  for (uint32_t probe = 0; probe < images; ++probe) {
    for (uint32_t reference = probe + 1; reference < images; ++reference) {
      const bool mated = probe / impressions == reference / impressions;
      scores.pairs.push_back({probe, reference, mated ? 2.0F : 1.0F, mated});
      scores.nonmated_total += mated ? 0 : 1;
    }
  }
  return scores;
}

// The pair of these images, by number.
inline PairScore& PairAt(SetScores& scores, uint32_t probe, uint32_t reference) {
  for (PairScore& pair : scores.pairs) {
    if (pair.probe == probe && pair.reference == reference) return pair;
  }
  return scores.pairs.front();
}

}  // namespace distinct::cli
