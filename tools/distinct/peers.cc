#include "tools/distinct/peers.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace distinct::cli {
namespace {

// MCC: Minutia Cylinder-Code with 16 x 16 cells a layer and the LSS-R matcher. A sum adds scores
// after each engine's were normalised on its non-mated pairs.
constexpr std::array<Peer, 7> kPeers = {{
    {"NBIS", "mindtct, bozorth3", 0, {8.49, 15.30, 22.86, 30.71, 30.71}},
    {"NBIS with MCC", "MCC on mindtct", 0, {6.73, 11.85, 19.05, 30.30, 39.40}},
    {"SourceAFIS", "3.18.1, Java", 0, {7.50, 11.19, 15.12, 21.19, 21.49}},
    {"OpenAFIS", "on FingerJetFX minutiae", 2, {11.69, 17.98, 26.49, 35.54, 45.95}},
    {"FingerJetFX with MCC", "MCC on its minutiae", 2, {6.96, 13.27, 19.94, 34.23, 34.58}},
    // Two sums of three: one is best at loose thresholds, the other at strict ones.
    {"Best sum of three",
     "SourceAFIS, FingerJetFX MCC, mindtct MCC",
     std::nullopt,
     {4.35, 6.13, 9.11, 17.68, 18.21}},
    {"Best sum of three at low FMR",
     "SourceAFIS, FingerJetFX MCC, bozorth3",
     std::nullopt,
     {4.88, 7.08, 9.64, 13.63, 17.62}},
}};

constexpr std::array<std::string_view, 6> kSets = {"fvc2002_db1", "fvc2002_db2", "fvc2002_db3",
                                                   "fvc2004_db1", "fvc2004_db2", "fvc2004_db3"};
// Ten fingers, eight prints of each.
constexpr size_t kMatedOfSet = 280, kNonmatedOfSet = 2880;

}  // namespace

absl::Span<const Peer> Peers() { return kPeers; }

bool ArePeerSets(absl::Span<const SetScores> sets) {
  std::vector<std::string> names;
  for (const SetScores& scores : sets) {
    const auto mated = static_cast<size_t>(std::count_if(
        scores.pairs.begin(), scores.pairs.end(), [](const PairScore& p) { return p.mated; }));
    if (mated != kMatedOfSet || scores.pairs.size() - mated != kNonmatedOfSet) return false;
    names.push_back(scores.set.name);
  }
  std::sort(names.begin(), names.end());
  return std::equal(names.begin(), names.end(), kSets.begin(), kSets.end());
}

}  // namespace distinct::cli
