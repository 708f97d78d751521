// What a shard should hold by the ledger's entries, counted beside and apart from what it holds.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/gallery/cohort.h"
#include "engine/gallery/person.h"

namespace distinct::gallery {

// What a bucket holds for a probe by the ledger's entries, and what is really there to scan.
struct BucketCoverage {
  uint32_t bucket = 0;
  uint64_t expected = 0;
  uint64_t searched = 0;
};

bool Admits(const Visibility& visibility, Ticket ticket);

// Thread-compatible.
class BucketCount {
 public:
  // An entry says that `ticket` holds templates. Again after an error: counted once.
  void Expect(Ticket ticket);
  // They are there. REQUIRES: tickets rise.
  void Hold(Row& row) { rows_.push_back(&row); }
  // An entry `at` closes `ticket`. False if there is no such person, or it is closed already.
  bool Close(Ticket at, Ticket ticket);

  Row* Find(Ticket ticket) const;  // null if there is none
  const std::vector<Row*>& rows() const { return rows_; }
  BucketCoverage For(uint32_t bucket, const Visibility& visibility) const;

 private:
  std::vector<Ticket> expected_;                   // rising
  std::vector<std::pair<Ticket, Ticket>> closed_;  // ticket, closed at
  std::vector<Row*> rows_;                         // by rising ticket
};

}  // namespace distinct::gallery
