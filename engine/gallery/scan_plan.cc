#include "engine/gallery/scan_plan.h"

#include <algorithm>

namespace distinct::gallery {
namespace {

bool ShownOnce(absl::Span<const ProbeVector> probes, absl::Span<const Position> columns,
               Position position) {
  return position != Position::kUnknownFinger &&
         std::count(columns.begin(), columns.end(), position) == 1 &&
         std::count_if(probes.begin(), probes.end(), [position](const ProbeVector& probe) {
           return probe.position == position;
         }) == 1;
}

}  // namespace

std::vector<PlannedTerm> PlanTerms(absl::Span<const ProbeVector> probes,
                                   absl::Span<const Position> columns) {
  std::vector<PlannedTerm> terms;
  PlannedTerm together;
  for (uint32_t probe = 0; probe < probes.size(); ++probe) {
    const Position shown = probes[probe].position;
    const bool once = probes[probe].has_codes && ShownOnce(probes, columns, shown);
    for (uint32_t column = 0; column < columns.size(); ++column) {
      if (!MayShowTheSame(shown, columns[column])) continue;
      if (once && columns[column] == shown) {
        if (together.pairs.size() < kSpeakTogetherMax) together.pairs.push_back({probe, column});
      } else {
        terms.push_back({{1, probe, columns[column]}, {{probe, column}}});
      }
    }
  }
  if (together.pairs.empty()) return terms;
  if (together.pairs.size() == 1) {
    const uint32_t probe = together.pairs[0].probe;
    together.list = {1, probe, probes[probe].position};
  } else {
    together.list = {static_cast<uint32_t>(together.pairs.size()), 0, Position::kUnknownFinger};
  }
  terms.push_back(std::move(together));
  return terms;
}

}  // namespace distinct::gallery
