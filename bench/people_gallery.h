// A gallery of generated people (tools/synthesis/people.h) for benchmarks: speed is real, error
// rates are not.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/gallery/gallery.h"
#include "matchers/modalities.h"
#include "tools/synthesis/people.h"

namespace distinct::bench {

// Person i is ticket i + 1, enrolled from impression 0.
struct PeopleGallery {
  PeopleGallery(uint64_t persons, int shards);

  synthesis::People people;
  Modalities modalities;
  std::unique_ptr<gallery::Gallery> gallery;
};

}  // namespace distinct::bench
