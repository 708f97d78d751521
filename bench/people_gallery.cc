#include "bench/people_gallery.h"

#include <utility>
#include <vector>

#include "bench/six_fingers.h"
#include "matchers/check.h"
#include "matchers/finger/finger.h"

namespace distinct::bench {
namespace {

Modalities FingersOnly() {
  std::vector<std::unique_ptr<Modality>> list;
  list.push_back(finger::CreateFingerModality());
  return Modalities(std::move(list));
}

}  // namespace

PeopleGallery::PeopleGallery(uint64_t persons, int shards) : people(1), modalities(FingersOnly()) {
  auto created = gallery::Gallery::Create(modalities, {.shards = shards});
  CHECK(created.ok());
  gallery = *std::move(created);
  for (uint64_t person = 0; person < persons; ++person) {
    CHECK(gallery->Add(Ticket{person + 1}, SixFingers(people, person, 0)).ok());
  }
}

}  // namespace distinct::bench
