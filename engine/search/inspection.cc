#include "engine/search/inspection.h"

#include <memory>
#include <set>

#include "engine/search/probe.h"

namespace distinct::search {

std::vector<InspectedPair> InspectPairs(const Modalities& modalities,
                                        absl::Span<const Template> probe,
                                        absl::Span<const Template> reference, Llr match) {
  std::vector<InspectedPair> pairs;
  std::vector<std::unique_ptr<PreparedProbe>> prepared;
  for (const Template& sample : probe) {
    prepared.push_back(modalities.For(sample.position)->Prepare(sample.bytes));
  }
  const auto inspect = [&](size_t i, const Template& other) {
    const Template& sample = probe[i];
    const Modality& modality = *modalities.For(sample.position);
    InspectedPair pair;
    pair.probe = sample.position;
    pair.reference = other.position;
    pair.llr = modality.Calibrate(prepared[i]->Compare(other.bytes));
    pair.probe_quality = modality.QualityOf(sample.bytes);
    pair.reference_quality = modality.QualityOf(other.bytes);
    pair.one_image = pair.llr >= match && modality.OfOneImage(sample.bytes, other.bytes);
    pairs.push_back(pair);
  };

  std::set<Position> matched;
  for (size_t i = 0; i < probe.size(); ++i) {
    for (const Template& other : reference) {
      if (!MayShowTheSame(probe[i].position, other.position)) continue;
      inspect(i, other);
      if (pairs.back().llr >= match) matched.insert(probe[i].position);
    }
  }
  for (size_t i = 0; i < probe.size(); ++i) {
    const Position position = probe[i].position;
    if (!IsFinger(position) || matched.contains(position)) continue;
    for (const Template& other : reference) {
      if (IsFinger(other.position) && !MayShowTheSame(position, other.position)) inspect(i, other);
    }
  }
  return pairs;
}

}  // namespace distinct::search
