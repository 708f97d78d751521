#include "bench/six_fingers.h"

#include "matchers/finger/template.h"

namespace distinct::bench {

std::vector<Template> SixFingers(const synthesis::People& people, uint64_t person,
                                 uint32_t impression) {
  std::vector<Template> templates;
  for (const Position position :
       {Position::kRightThumb, Position::kRightIndex, Position::kRightMiddle, Position::kLeftThumb,
        Position::kLeftIndex, Position::kLeftMiddle}) {
    const finger::FingerTemplate features = people.Finger(person, position, impression);
    templates.push_back({.position = position,
                         .version = finger::kTemplateVersion,
                         .quality = features.quality,
                         .bytes = finger::Serialize(features)});
  }
  return templates;
}

}  // namespace distinct::bench
