// How many enrolments a second does the ledger make durable, from one thread and from sixteen?
//
// An item is one synchronous append of a six-finger enrolment. Bytes: its templates. of_sync_limit:
// appends for each flushed 8 KiB write that the same disk does alone; above 100 % because
// concurrent appends share a flush.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "bench/run.h"
#include "bench/six_fingers.h"
#include "engine/ledger/ledger.h"
#include "matchers/check.h"
#include "tests/support/temp_dir.h"

namespace distinct::bench {
namespace {

double MeasureSyncsPerSecond(const std::filesystem::path& folder) {
  const int file = open((folder / "sync").c_str(), O_CREAT | O_WRONLY, 0600);
  CHECK(file >= 0);
  const std::string block(8192, 'x');
  constexpr int kWrites = 100;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kWrites; ++i) {
    CHECK(write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size()));
    CHECK(fdatasync(file) == 0);
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  close(file);
  return kWrites / elapsed.count();
}

// One store for the threads of one run.
struct Store {
  Store() : syncs_per_s(MeasureSyncsPerSecond(folder.path())) {
    auto opened = ledger::Ledger::Open(folder / "store");
    CHECK(opened.ok());
    ledger = *std::move(opened);
  }

  testing::TempDir folder;
  double syncs_per_s;
  std::unique_ptr<ledger::Ledger> ledger;
  std::atomic<uint64_t> next = 0;
};

std::unique_ptr<Store> store;

void BM_Append(benchmark::State& state) {
  const synthesis::People people(1);
  const std::vector<Template> templates = SixFingers(people, 1, 0);
  double bytes = 0;
  for (const Template& features : templates) bytes += static_cast<double>(features.bytes.size());
  for (auto _ : state) {
    ledger::Enrolment enrolment;
    enrolment.id = {"e-" + std::to_string(store->next.fetch_add(1))};
    enrolment.digest = store->ledger->Digest(enrolment.id.value);
    enrolment.templates = templates;
    const auto appended = store->ledger->Append(std::move(enrolment), std::nullopt);
    CHECK(appended.ok() && appended->outcome == ledger::AppendOutcome::kNew);
  }
  const auto items = static_cast<int64_t>(state.iterations());
  Report(state, items, {.bytes = bytes, .operations = 1});
  state.counters["of_sync_limit"] = benchmark::Counter(
      static_cast<double>(items) / store->syncs_per_s, benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Append)
    ->Name("ledger_append")
    ->Setup([](const benchmark::State&) { store = std::make_unique<Store>(); })
    ->Teardown([](const benchmark::State&) { store.reset(); })
    ->Threads(1)
    ->Threads(16)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace distinct::bench
