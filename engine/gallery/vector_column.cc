#include "engine/gallery/vector_column.h"

#include <faiss/impl/IDSelector.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/time/time.h"
#include "engine/gallery/runs.h"
#include "engine/gallery/scan.h"
#include "matchers/check.h"
#include "matchers/kernels/inner_product.h"

namespace distinct::gallery {
namespace {

using kernels::BlockBytes;
using kernels::kBlockVectors;

std::vector<int8_t> Rounded(const float* x, int dimensions) {
  std::vector<int8_t> vector(static_cast<size_t>(dimensions));
  std::transform(x, x + dimensions, vector.begin(), [](float v) {
    return static_cast<int8_t>(std::clamp(std::lround(v), -128L, 127L));
  });
  return vector;
}

}  // namespace

VectorColumn::VectorColumn(int dimensions, ByteColumn& space)
    : faiss::Index(dimensions, faiss::METRIC_INNER_PRODUCT), space_(space) {
  CHECK(dimensions > 0 && dimensions % 4 == 0);
  is_trained = true;
}

void VectorColumn::Add(absl::Span<const int8_t> vector) {
  CHECK(vector.size() == static_cast<size_t>(d));
  const auto row = static_cast<size_t>(ntotal);
  if (row == room_) {
    const size_t bytes = RunRows(row) / kBlockVectors * BlockBytes(d);
    runs_.push_back(reinterpret_cast<uint8_t*>(space_.Append(bytes, 64)));
    room_ += RunRows(row);
  }
  uint8_t* block = runs_.back() + PlaceOf(row).offset / kBlockVectors * BlockBytes(d);
  // A scan of an unfinished block reads all sixteen vectors.
  if (row % kBlockVectors == 0) std::memset(block, 0, BlockBytes(d));
  for (size_t i = 0; i < vector.size(); ++i) {
    block[kernels::OffsetInBlock(row % kBlockVectors, i)] = kernels::StoredByte(vector[i]);
  }
  ++ntotal;
}

ColumnView VectorColumn::View() const {
  ColumnView view;
  const auto rows = static_cast<size_t>(ntotal);
  size_t first = 0;
  for (const uint8_t* blocks : runs_) {
    const size_t count = std::min(RunRows(first), rows - first) / kBlockVectors;
    if (count > 0) view.runs.push_back({blocks, count});
    first += RunRows(first);
  }
  if (rows % kBlockVectors != 0) {
    const uint8_t* block = runs_.back() + PlaceOf(rows).offset / kBlockVectors * BlockBytes(d);
    view.unfinished.assign(block, block + BlockBytes(d));
    view.runs.push_back({view.unfinished.data(), 1});
  }
  return view;
}

void VectorColumn::add(idx_t n, const float* x) {
  for (idx_t i = 0; i < n; ++i) Add(Rounded(x + i * d, d));
}

void VectorColumn::search(idx_t n, const float* x, idx_t k, float* products, idx_t* rows,
                          const faiss::SearchParameters* params) const {
  const faiss::IDSelector* selector = params == nullptr ? nullptr : params->sel;
  std::vector<ColumnView> columns;
  columns.push_back(View());
  std::vector<std::vector<int8_t>> probes;
  for (idx_t i = 0; i < n; ++i) probes.push_back(Rounded(x + i * d, d));
  std::vector<ScanTerm> terms;
  for (const std::vector<int8_t>& probe : probes) {
    ScanTerm term;
    term.pairs = {{probe, 0}};
    term.rows = static_cast<size_t>(ntotal);
    term.nearest_max = static_cast<size_t>(k);
    if (selector != nullptr) {
      term.admits = [selector](size_t row) { return selector->is_member(static_cast<idx_t>(row)); };
    }
    terms.push_back(std::move(term));
  }
  const auto found = ScanRows(columns, terms, absl::InfiniteFuture());
  CHECK(found.ok());  // only a deadline can fail
  for (idx_t i = 0; i < n * k; ++i) {
    const std::vector<NearRow>& nearest = (*found)[static_cast<size_t>(i / k)];
    const auto rank = static_cast<size_t>(i % k);
    const bool padding = rank >= nearest.size();
    products[i] =
        padding ? std::numeric_limits<float>::lowest() : static_cast<float>(nearest[rank].product);
    rows[i] = padding ? -1 : static_cast<idx_t>(nearest[rank].row);
  }
}

void VectorColumn::reconstruct(idx_t row, float* vector) const {
  const auto wanted = static_cast<size_t>(row);
  CHECK(row >= 0 && row < ntotal);
  const PlaceInRuns place = PlaceOf(wanted);
  const uint8_t* block = runs_[place.run] + place.offset / kBlockVectors * BlockBytes(d);
  for (size_t i = 0; i < static_cast<size_t>(d); ++i) {
    vector[i] = kernels::FromStoredByte(block[kernels::OffsetInBlock(wanted % kBlockVectors, i)]);
  }
}

void VectorColumn::reset() {
  runs_.clear();
  ntotal = 0;
  room_ = 0;
}

}  // namespace distinct::gallery
