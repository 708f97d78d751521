#include "tools/distinct/misses.h"

#include <algorithm>

namespace distinct::cli {

std::vector<MissesOfIdentity> MissesByIdentity(absl::Span<const SetScores> sets, float threshold) {
  std::vector<MissesOfIdentity> result;
  for (size_t s = 0; s < sets.size(); ++s) {
    std::vector<MissesOfIdentity> of_set(sets[s].set.identities);
    for (const PairScore& pair : sets[s].pairs) {
      if (!pair.mated) continue;
      const ImageFile& probe = sets[s].set.images[pair.probe];
      MissesOfIdentity& of = of_set[probe.identity_index];
      of.set = s;
      of.identity = probe.identity;
      ++of.mated;
      if (!(pair.score > threshold)) ++of.missed;
    }
    std::copy_if(of_set.begin(), of_set.end(), std::back_inserter(result),
                 [](const MissesOfIdentity& of) { return of.missed > 0; });
  }
  std::stable_sort(
      result.begin(), result.end(),
      [](const MissesOfIdentity& a, const MissesOfIdentity& b) { return a.missed > b.missed; });
  return result;
}

}  // namespace distinct::cli
