#include "tools/distinct/voting_misses.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "matchers/kernels/vote.h"
#include "tools/distinct/pair_plan.h"

namespace distinct::cli {
namespace {

struct Image {
  size_t set = 0;
  uint32_t identity = 0;
  bool operator==(const Image&) const = default;  // one person
};

VotingMisses MissesOf(size_t probe, absl::Span<const Image> images,
                      absl::Span<const std::string_view> codes) {
  std::vector<uint16_t> votes(images.size());
  kernels::Vote(kernels::VoteProbe(codes[probe]), codes, absl::MakeSpan(votes));
  std::vector<uint16_t> others;
  for (size_t i = 0; i < images.size(); ++i) {
    if (images[i] != images[probe]) others.push_back(votes[i]);
  }
  const auto passed =
      static_cast<std::ptrdiff_t>(kVotingPenetration * static_cast<double>(others.size()));
  const bool any = !others.empty();
  if (any) std::nth_element(others.begin(), others.begin() + passed, others.end(), std::greater());
  const uint16_t last = any ? others[static_cast<size_t>(passed)] : uint16_t{0};
  VotingMisses misses;
  for (size_t i = probe + 1; i < images.size(); ++i) {
    if (images[i] != images[probe]) continue;
    ++misses.mated;
    misses.missed += votes[i] > last ? 0 : 1;
  }
  return misses;
}

}  // namespace

std::vector<VotingMisses> CountVotingMisses(absl::Span<const ImageSet* const> sets,
                                            absl::Span<const std::vector<std::string>> codes) {
  std::vector<Image> images;
  std::vector<std::string_view> all;
  for (size_t s = 0; s < sets.size(); ++s) {
    for (size_t i = 0; i < sets[s]->images.size(); ++i) {
      images.push_back({s, sets[s]->images[i].identity_index});
      all.push_back(codes[s][i]);
    }
  }
  const size_t probes = std::min(images.size(), kNonmatedMax / std::max<size_t>(images.size(), 1));
  std::vector<VotingMisses> of_probe(probes);
  const auto probe_at = [&](size_t i) { return i * images.size() / probes; };
  tbb::parallel_for(size_t{0}, probes,
                    [&](size_t i) { of_probe[i] = MissesOf(probe_at(i), images, all); });
  std::vector<VotingMisses> misses(sets.size());
  for (size_t i = 0; i < probes; ++i) {
    VotingMisses& sum = misses[images[probe_at(i)].set];
    sum.mated += of_probe[i].mated;
    sum.missed += of_probe[i].missed;
  }
  return misses;
}

}  // namespace distinct::cli
