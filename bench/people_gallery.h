// A gallery of generated people (tools/synthesis/people.h) for benchmarks: speed is real, error
// rates are not.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/gallery/gallery.h"
#include "matchers/modalities.h"
#include "tools/synthesis/people.h"

namespace distinct::bench {

enum class Fingers : uint8_t { kSix, kTen };

// Person i is ticket i + 1, enrolled from impression 0. Two shards.
struct PeopleGallery {
  PeopleGallery(uint64_t persons, Fingers fingers);

  synthesis::People people;
  Modalities modalities;
  std::unique_ptr<gallery::Gallery> gallery;
};

}  // namespace distinct::bench
