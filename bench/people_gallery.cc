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

PeopleGallery::PeopleGallery(uint64_t persons, Fingers fingers)
    : people(1), modalities(FingersOnly()) {
  auto created = gallery::Gallery::Create(modalities, {.shards = 2});
  CHECK(created.ok());
  gallery = *std::move(created);
  for (uint64_t person = 0; person < persons; ++person) {
    const auto templates =
        fingers == Fingers::kSix ? SixFingers(people, person, 0) : people.Capture(person, 0);
    CHECK(gallery->Add(Ticket{person + 1}, templates).ok());
  }
}

}  // namespace distinct::bench
