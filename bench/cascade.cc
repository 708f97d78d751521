// How long does the search for one person take in a gallery of 10,000 six-finger people?
//
// An item is one search with new impressions of an enrolled person. Bytes and operations are those
// of bench/scan.cc, bench/vote.cc and bench/finger_comparison.cc; here the counters say how many
// persons each stage was given, and its milliseconds.
#include "engine/search/cascade.h"

#include <benchmark/benchmark.h>

#include "bench/people_gallery.h"
#include "bench/run.h"
#include "bench/six_fingers.h"
#include "matchers/check.h"

namespace distinct::bench {
namespace {

void BM_Search(benchmark::State& state) {
  const uint64_t persons = Small() ? 500 : 10'000;
  const PeopleGallery town(persons, Fingers::kSix);
  const search::Cascade cascade(town.modalities, *town.gallery, {});
  search::Work sum;
  uint64_t searches = 0;
  uint64_t first = 0;  // mates that led the candidate list
  for (auto _ : state) {
    state.PauseTiming();
    const uint64_t person = searches * 7919 % persons;
    const auto probe = SixFingers(town.people, person, 1);
    state.ResumeTiming();
    const auto found = cascade.Search(probe, {});
    CHECK(found.ok() && found->searched_count == persons);
    first += !found->candidates.empty() && found->candidates[0].ticket == Ticket{person + 1};
    sum.persons_scanned += found->work.persons_scanned;
    sum.persons_voted += found->work.persons_voted;
    sum.persons_compared += found->work.persons_compared;
    sum.vector_stage += found->work.vector_stage;
    sum.voting_stage += found->work.voting_stage;
    sum.comparison_stage += found->work.comparison_stage;
    ++searches;
  }
  const auto mean = [searches](double total) { return total / static_cast<double>(searches); };
  state.SetItemsProcessed(static_cast<int64_t>(searches));
  state.counters["scanned"] = mean(static_cast<double>(sum.persons_scanned));
  state.counters["voted"] = mean(static_cast<double>(sum.persons_voted));
  state.counters["compared"] = mean(static_cast<double>(sum.persons_compared));
  state.counters["vector_ms"] = mean(absl::ToDoubleMilliseconds(sum.vector_stage));
  state.counters["voting_ms"] = mean(absl::ToDoubleMilliseconds(sum.voting_stage));
  state.counters["comparison_ms"] = mean(absl::ToDoubleMilliseconds(sum.comparison_stage));
  state.counters["of_mates_first"] = mean(static_cast<double>(first));
}
BENCHMARK(BM_Search)->Name("cascade")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace distinct::bench
