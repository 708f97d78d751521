// What a start checks of the families that say nothing of single entries: audit, feed, ids, keys,
// cases, images and the rest. startup.h
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/ids.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/rows.h"
#include "engine/ledger/store.h"
#include "matchers/status.h"

namespace distinct::ledger {

// Which ids name which numbers, whatever their order: ids lie in another order than numbers, and a
// read here and there for each would take longer than all else of a start.
struct IdSum {
  uint64_t count = 0;
  uint64_t sum = 0;  // of digests

  void Add(std::string_view id, Ticket ticket);
  bool operator==(const IdSum&) const = default;
};

struct FamilyFacts {
  IdSum ids;
  uint64_t keys = 0;
  uint64_t open_reviews = 0;  // cases
};

// DATA_LOSS: names the record and the way out.
absl::StatusOr<FamilyFacts> CheckFamilies(const Reader& reader, const HeadRecord& head);

// Keys last + 1, last + 2, ... without a gap; hands at most `count_max` bodies on and returns the
// last number.
template <typename Visit>
absl::StatusOr<uint64_t> ScanNumbered(const Reader& reader, Family family, uint64_t last,
                                      uint64_t count_max, Visit&& visit) {
  const uint64_t end = last + count_max;
  const auto check = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    if (key.size() != 8 || ParseKey64(key) != last + 1) {
      return BadRecord(family, Key64(last + 1), "missing");
    }
    ++last;
    RETURN_IF_ERROR(visit(last, body));
    return last < end;
  };
  // From the very beginning also what should not be before 1 is seen.
  RETURN_IF_ERROR(reader.Scan(family, last == 0 ? "" : Key64(last + 1), check));
  return last;
}

// DATA_LOSS unless a family ends where `meta/head` says.
absl::Status CheckEnd(Family family, uint64_t got, uint64_t want);

}  // namespace distinct::ledger
