#include "bench/six_fingers.h"

#include <array>

namespace distinct::bench {

std::vector<Template> SixFingers(const synthesis::People& people, uint64_t person,
                                 uint32_t impression) {
  static constexpr std::array kSix = {Position::kRightThumb,  Position::kRightIndex,
                                      Position::kRightMiddle, Position::kLeftThumb,
                                      Position::kLeftIndex,   Position::kLeftMiddle};
  return people.Capture(person, impression, kSix);
}

}  // namespace distinct::bench
