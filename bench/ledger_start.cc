// How long does a start's check of the ledger take, with 10,000 people of ten fingers?
//
// An item is one person: entry, state, id, key and templates read, verified and decrypted, as
// Ledger::Open() does before anything is served. Bytes: the templates. The files are in the page
// cache.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/run.h"
#include "engine/ledger/ledger.h"
#include "matchers/check.h"
#include "matchers/finger/template.h"
#include "tests/support/temp_dir.h"
#include "tools/synthesis/people.h"

namespace distinct::bench {
namespace {

constexpr int kWriters = 64;               // concurrent appends share a flush
constexpr uint64_t kPeopleGenerated = 64;  // what is in a template does not matter here

std::vector<Template> TenFingers(const synthesis::People& people, uint64_t person) {
  std::vector<Template> templates;
  for (int finger = 1; finger <= 10; ++finger) {
    const Position position = *PositionFromNumber(static_cast<uint8_t>(finger));
    const finger::FingerTemplate features = people.Finger(person, position, 0);
    templates.push_back({.position = position,
                         .version = finger::kTemplateVersion,
                         .quality = features.quality,
                         .bytes = finger::Serialize(features)});
  }
  return templates;
}

// Returns the bytes of the templates of one person, on average.
double FillStore(const std::filesystem::path& folder, uint64_t persons) {
  const synthesis::People people(1);
  std::vector<std::vector<Template>> generated;
  double bytes = 0;
  for (uint64_t person = 0; person < kPeopleGenerated; ++person) {
    generated.push_back(TenFingers(people, person));
    for (const Template& one : generated.back()) bytes += static_cast<double>(one.bytes.size());
  }
  const auto ledger = ledger::Ledger::Open(folder);
  CHECK(ledger.ok());
  const auto write = [&](uint64_t first) {
    for (uint64_t person = first; person < persons; person += kWriters) {
      ledger::Enrolment enrolment;
      enrolment.id = {"e-" + std::to_string(person)};
      enrolment.digest = (*ledger)->Digest(enrolment.id.value);
      enrolment.templates = generated[person % kPeopleGenerated];
      CHECK((*ledger)->Append(std::move(enrolment), std::nullopt).ok());
    }
  };
  std::vector<std::thread> writers;
  for (uint64_t first = 0; first < kWriters; ++first) writers.emplace_back(write, first);
  for (std::thread& writer : writers) writer.join();
  return bytes / kPeopleGenerated;
}

void BM_Start(benchmark::State& state) {
  const testing::TempDir folder;
  const uint64_t persons = Small() ? 100 : 10'000;
  const double bytes = FillStore(folder / "store", persons);
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
