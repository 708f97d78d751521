#include "engine/search/mirrored_search.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "engine/search/vector_stage.h"

namespace distinct::search {

std::vector<Template> MirroredFingers(absl::Span<const Template> probe) {
  std::vector<Template> fingers;
  for (const Template& sample : probe) {
    const Position mirrored = Mirrored(sample.position);
    if (mirrored == sample.position) continue;
    fingers.push_back(sample);
    fingers.back().position = mirrored;
  }
  return fingers;
}

std::vector<Template> FirstToSpeak(const Modalities& modalities, absl::Span<const Template> fingers,
                                   int count) {
  std::map<Position, std::pair<size_t, const Template*>> best;  // by its codes
  for (const Template& finger : fingers) {
    const std::string_view bytes = modalities.For(finger.position)->Codes(finger.bytes);
    const size_t codes = bytes.size() / sizeof(Code);
    const auto [at, first] = best.try_emplace(finger.position, codes, &finger);
    if (!first && codes > at->second.first) at->second = {codes, &finger};
  }
  std::vector<std::pair<size_t, const Template*>> order;
  for (const auto& [position, sample] : best) order.push_back(sample);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return SpeakingKey(a.second->position, a.first) < SpeakingKey(b.second->position, b.first);
  });
  order.resize(std::min(order.size(), static_cast<size_t>(std::max(count, 0))));
  std::vector<Template> few;
  few.reserve(order.size());
  for (const auto& [codes, sample] : order) few.push_back(*sample);
  return few;
}

}  // namespace distinct::search
