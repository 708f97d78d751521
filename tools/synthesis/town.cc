#include "tools/synthesis/town.h"

#include "matchers/image/encode.h"

namespace distinct::synthesis {

TownPerson::TownPerson(uint64_t seed, uint64_t person) {
  MasterMaker maker;
  masters_.reserve(kTenFingers.size());
  for (const Position position : kTenFingers) {
    masters_.push_back(maker.Make({seed, person, position}));
  }
}

std::vector<EncodedSample> TownPerson::Capture(uint32_t impression, Severity severity) const {
  std::vector<EncodedSample> samples;
  samples.reserve(masters_.size());
  for (const Master& master : masters_) {
    const Impression print = MakeImpression(master, impression, severity);
    samples.push_back({master.key.position, image::EncodePng(print.view())});
  }
  return samples;
}

}  // namespace distinct::synthesis
