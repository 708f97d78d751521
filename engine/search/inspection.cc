#include "engine/search/inspection.h"

#include <memory>
#include <set>

#include "engine/search/probe.h"

namespace distinct::search {
namespace {

struct Sample {
  const Template* features;
  const Modality* modality;
  std::unique_ptr<PreparedProbe> prepared;
};

InspectedPair Inspect(const Sample& sample, const Template& other, Llr match) {
  const Template& features = *sample.features;
  InspectedPair pair;
  pair.probe = features.position;
  pair.reference = other.position;
  pair.llr = sample.modality->Calibrate(sample.prepared->Compare(other.bytes));
  pair.probe_quality = sample.modality->QualityOf(features.bytes);
  pair.reference_quality = sample.modality->QualityOf(other.bytes);
  pair.one_image = pair.llr >= match && sample.modality->OfOneImage(features.bytes, other.bytes);
  return pair;
}

std::vector<InspectedPair> InspectPerson(const std::vector<Sample>& probe,
                                         absl::Span<const Template> reference, Llr match) {
  std::vector<InspectedPair> pairs;
  std::set<Position> matched;
  for (const Sample& sample : probe) {
    const Position position = sample.features->position;
    for (const Template& other : reference) {
      if (!MayShowTheSame(position, other.position)) continue;
      pairs.push_back(Inspect(sample, other, match));
      if (pairs.back().llr >= match) matched.insert(position);
    }
  }
  for (const Sample& sample : probe) {
    const Position position = sample.features->position;
    if (!IsFinger(position) || matched.contains(position)) continue;
    for (const Template& other : reference) {
      if (!IsFinger(other.position) || MayShowTheSame(position, other.position)) continue;
      pairs.push_back(Inspect(sample, other, match));
    }
  }
  return pairs;
}

}  // namespace

std::vector<std::vector<InspectedPair>> InspectPairs(
    const Modalities& modalities, absl::Span<const Template> probe,
    absl::Span<const std::vector<Template>> references, Llr match) {
  std::vector<std::vector<InspectedPair>> persons;
  if (references.empty()) return persons;
  std::vector<Sample> samples;
  for (const Template& features : probe) {
    const Modality* const modality = modalities.For(features.position);
    samples.push_back({&features, modality, modality->Prepare(features.bytes)});
  }
  for (const std::vector<Template>& reference : references) {
    persons.push_back(InspectPerson(samples, reference, match));
  }
  return persons;
}

}  // namespace distinct::search
