// How long does a cross-check of 10,000 ten-finger people take, on all cores?
//
// An item is one pair of persons that the search covered, whatever stage ended it: 50 million in
// all. Once, since it takes minutes.
#include "engine/crosscheck/crosscheck.h"

#include <benchmark/benchmark.h>

#include <thread>

#include "bench/people_gallery.h"
#include "bench/run.h"
#include "engine/policy.h"
#include "matchers/check.h"
#include "tests/support/temp_dir.h"

namespace distinct::bench {
namespace {

void BM_CrossCheck(benchmark::State& state) {
  const uint64_t persons = Small() ? 200 : 10'000;
  const PeopleGallery town(persons, Fingers::kTen);
  const search::Cascade cascade(town.modalities, *town.gallery, {});
  const testing::TempDir folder;
  const auto ledger = ledger::Ledger::Open(folder / "store");  // keeps the job's progress
  CHECK(ledger.ok());
  for (auto _ : state) {
    const auto result = crosscheck::Run(cascade, **ledger, *town.gallery, "bench",
                                        {.tag = {}, .against = {}, .llr_min = kFirstPolicy.review},
                                        static_cast<int>(std::thread::hardware_concurrency()),
                                        [](const crosscheck::Progress&) { return true; });
    CHECK(result.ok());
    state.SetItemsProcessed(static_cast<int64_t>(result->pairs_compared));
    state.counters["pairs"] = static_cast<double>(result->pairs_compared);
    state.counters["reported"] = static_cast<double>(result->pairs.size());
  }
}
BENCHMARK(BM_CrossCheck)
    ->Name("crosscheck")
    ->Unit(benchmark::kSecond)
    ->Iterations(1)
    ->Repetitions(1)
    ->UseRealTime();

}  // namespace
}  // namespace distinct::bench
