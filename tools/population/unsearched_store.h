// FOR BENCHMARKS ONLY: fills a store with generated people past the search. Each is appended and
// decided UNIQUE through the ledger, durable as any, but nobody was searched for: they are
// strangers only because they were generated so.
//
//   person i = synthesis::People(seed), impression 0 -> Append -> Decide(UNIQUE), 64 at a time
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "matchers/types.h"
#include "tools/synthesis/people.h"

namespace distinct::population {

// The first `count` of the fingers in the order in which registries ask for them: thumb, index and
// middle finger of both hands, then the ring and little fingers. REQUIRES: 1 to 10.
std::vector<Position> FirstFingers(int count);

struct UnsearchedFill {
  uint64_t persons = 0;
  std::vector<Position> fingers;
};

// Into an empty folder or one that does not exist. `on_stored` hears of persons as they become
// durable, from several threads. Errors: the ledger's.
absl::Status FillStoreUnsearched(const std::filesystem::path& store,
                                 const synthesis::People& people, const UnsearchedFill& fill,
                                 const std::function<void(uint64_t persons)>& on_stored);

}  // namespace distinct::population
