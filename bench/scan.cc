// How quickly does the vector stage go through a gallery, what do several probes at once cost, what
// do two cores bring, and what would FAISS's own index of int8 vectors take?
//
// An item is one reference vector met by one probe vector. Bytes: a vector, for each probe that
// does not share it with others of its pass. Operations: its dimensions, a multiplication and an
// addition each.
#include "engine/gallery/scan.h"

#include <benchmark/benchmark.h>
#include <faiss/IndexScalarQuantizer.h>
#include <omp.h>

#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "bench/run.h"
#include "engine/gallery/scan_queue.h"
#include "matchers/check.h"

namespace distinct::bench {
namespace {

constexpr int kDimensions = 128;  // of a finger
constexpr size_t kColumns = 4;    // fingers that speak together
constexpr size_t kNearest = 500;

std::vector<int8_t> Draw(std::mt19937& random) {
  std::vector<int8_t> vector(kDimensions);
  for (int8_t& x : vector) x = static_cast<int8_t>(static_cast<int>(random() % 63) - 31);
  return vector;
}

struct Town {
  explicit Town(size_t row_count) : rows(row_count) {
    std::mt19937 random(1);
    for (size_t c = 0; c < kColumns; ++c) {
      gallery::VectorColumn column(kDimensions, space);
      for (size_t row = 0; row < rows; ++row) column.Add(Draw(random));
      columns.push_back(column.View());
    }
    for (size_t p = 0; p < gallery::ScanQueue::kTogetherMax * kColumns; ++p) {
      probes.push_back(Draw(random));
    }
  }

  std::vector<gallery::ScanTerm> Terms(size_t count) const {
    std::vector<gallery::ScanTerm> terms(count);
    for (size_t t = 0; t < count; ++t) {
      for (size_t c = 0; c < kColumns; ++c) terms[t].pairs.push_back({probes[t * kColumns + c], c});
      terms[t].rows = rows;
      terms[t].nearest_max = kNearest;
    }
    return terms;
  }

  size_t rows;
  gallery::ByteColumn space;
  std::vector<gallery::ColumnView> columns;
  std::vector<std::vector<int8_t>> probes;
};

size_t Rows() { return Small() ? 5'000 : 500'000; }

double Seconds(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// `range(0)`: searches that go together.
void BM_Scan(benchmark::State& state) {
  const Town town(Rows());
  const auto together = static_cast<size_t>(state.range(0));
  const std::vector<gallery::ScanTerm> terms = town.Terms(together);
  for (auto _ : state) {
    CHECK(gallery::ScanRows(town.columns, terms, absl::InfiniteFuture()).ok());
  }
  const double vectors = static_cast<double>(town.rows * kColumns * together);
  const auto passes = static_cast<double>((together + 7) / 8);
  Report(
      state, static_cast<int64_t>(static_cast<double>(state.iterations()) * vectors),
      {.bytes = kDimensions * passes / static_cast<double>(together), .operations = kDimensions});
}
BENCHMARK(BM_Scan)->Name("scan")->Arg(1)->Arg(4)->Arg(8)->Arg(16)->Unit(benchmark::kMillisecond);

// speed_up: two halves one after the other on one core against both at once on two, in the same
// iterations.
void BM_TwoCores(benchmark::State& state) {
  const Town town(Rows() / 2), other(Rows() / 2);
  const auto scan = [](const Town& half) {
    CHECK(gallery::ScanRows(half.columns, half.Terms(8), absl::InfiniteFuture()).ok());
  };
  double one_core = 0, two_cores = 0;
  for (auto _ : state) {
    const auto first = std::chrono::steady_clock::now();
    scan(town);
    scan(other);
    one_core += Seconds(first);
    state.SetIterationTime(Seconds(first));
    const auto second = std::chrono::steady_clock::now();
    std::thread beside(scan, std::cref(other));
    scan(town);
    beside.join();
    two_cores += Seconds(second);
  }
  state.counters["speed_up"] = one_core / two_cores;
}
BENCHMARK(BM_TwoCores)->Name("scan_two_cores")->Unit(benchmark::kMillisecond)->UseManualTime();

// of_faiss: how many times as long FAISS's own int8 index takes for one probe of one column as
// ours takes alone, and with seven others, in the same iterations.
void BM_AgainstFaiss(benchmark::State& state) {
  const size_t rows = Rows() / 10;
  const Town town(rows);
  faiss::IndexScalarQuantizer index(kDimensions, faiss::ScalarQuantizer::QT_8bit_direct,
                                    faiss::METRIC_INNER_PRODUCT);
  index.is_trained = true;
  std::mt19937 random(1);
  index.codes.resize(rows * kDimensions);
  for (uint8_t& code : index.codes) code = static_cast<uint8_t>(random() % 63);
  index.ntotal = static_cast<faiss::Index::idx_t>(rows);
  omp_set_num_threads(1);
  std::vector<float> probe(town.probes[0].begin(), town.probes[0].end());
  std::vector<float> products(kNearest);
  std::vector<faiss::Index::idx_t> ids(kNearest);
  const auto ours = [&](size_t together) {
    std::vector<gallery::ScanTerm> terms = town.Terms(together);
    for (gallery::ScanTerm& term : terms) term.pairs.resize(1);
    const auto start = std::chrono::steady_clock::now();
    CHECK(gallery::ScanRows(town.columns, terms, absl::InfiniteFuture()).ok());
    return Seconds(start) / static_cast<double>(together);
  };
  double theirs = 0, alone = 0, in_company = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    index.search(1, probe.data(), kNearest, products.data(), ids.data());
    theirs += Seconds(start);
    state.SetIterationTime(Seconds(start));
    alone += ours(1);
    in_company += ours(8);
  }
  state.counters["of_faiss"] = theirs / alone;
  state.counters["of_faiss_together"] = theirs / in_company;
}
BENCHMARK(BM_AgainstFaiss)->Name("scan_faiss")->Unit(benchmark::kMillisecond)->UseManualTime();

}  // namespace
}  // namespace distinct::bench
