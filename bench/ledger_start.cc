// How long does a start's check of the ledger take, with 10,000 people of ten fingers?
//
// An item is one person: entry, state, id, key and templates read, verified and decrypted, as
// Ledger::Open() does before anything is served. Bytes: the templates. The files are in the page
// cache.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/run.h"
#include "engine/ledger/ledger.h"
#include "matchers/check.h"
#include "tests/support/temp_dir.h"
#include "tools/population/unsearched_store.h"
#include "tools/synthesis/people.h"

namespace distinct::bench {
namespace {

constexpr uint64_t kMeanOf = 64;  // persons

double TemplateBytes(const synthesis::People& people, const std::vector<Position>& fingers) {
  double bytes = 0;
  for (uint64_t person = 0; person < kMeanOf; ++person) {
    for (const Template& one : people.Capture(person, 0, fingers)) {
      bytes += static_cast<double>(one.bytes.size());
    }
  }
  return bytes / kMeanOf;
}

void BM_Start(benchmark::State& state) {
  const testing::TempDir folder;
  const uint64_t persons = Small() ? 100 : 10'000;
  const synthesis::People people(1);
  const std::vector<Position> fingers = population::FirstFingers(10);
  CHECK(population::FillStoreUnsearched(folder / "store", people,
                                        {.persons = persons, .fingers = fingers}, [](uint64_t) {})
            .ok());
  const double bytes = TemplateBytes(people, fingers);
  { CHECK(ledger::Ledger::Open(folder / "store").ok()); }  // the log becomes tables
  for (auto _ : state) {
    CHECK(ledger::Ledger::Open(folder / "store").ok());
  }
  Report(state, static_cast<int64_t>(persons) * static_cast<int64_t>(state.iterations()),
         {.bytes = bytes, .operations = 1});
}
BENCHMARK(BM_Start)->Name("ledger_start")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace distinct::bench
