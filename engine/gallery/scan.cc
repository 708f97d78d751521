#include "engine/gallery/scan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/time/clock.h"
#include "engine/gallery/runs.h"
#include "matchers/kernels/inner_product.h"

namespace distinct::gallery {
namespace {

using kernels::kBlockVectors;
using kernels::kPackProbes;

// The nearest rows offered so far; rows are offered in rising order.
class Nearest {
 public:
  explicit Nearest(size_t nearest_max) : kept_(nearest_max) {}

  // No row of a product up to this one can still be among the nearest.
  int64_t floor() const { return floor_; }

  void Offer(int32_t product, uint32_t row) {
    rows_.push_back({product, row});
    if (rows_.size() >= 2 * kept_ + kSpare) Cut();
  }

  std::vector<NearRow> Take() {
    Cut();
    std::sort(rows_.begin(), rows_.end(), Before);
    return std::move(rows_);
  }

 private:
  static constexpr size_t kSpare = 256;

  static bool Before(const NearRow& a, const NearRow& b) {
    return a.product != b.product ? a.product > b.product : a.row < b.row;
  }

  void Cut() {
    if (rows_.size() < kept_ || kept_ == 0) {
      if (kept_ == 0) rows_.clear();
      return;
    }
    const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(kept_ - 1);
    std::nth_element(rows_.begin(), last, rows_.end(), Before);
    rows_.resize(kept_);
    floor_ = rows_.back().product;
  }

  size_t kept_;
  int64_t floor_ = std::numeric_limits<int64_t>::min();
  std::vector<NearRow> rows_;
};

// Up to eight terms that ask one column.
struct Pack {
  kernels::ProbePack probes;
  std::vector<size_t> terms;
  size_t column;
  size_t rows;  // beyond them no term of the pack looks
};

std::vector<Pack> PacksOf(absl::Span<const ScanTerm> terms, size_t column_count) {
  std::vector<Pack> packs;
  for (size_t column = 0; column < column_count; ++column) {
    std::vector<absl::Span<const int8_t>> vectors;
    std::vector<size_t> askers;
    const auto close = [&] {
      if (vectors.empty()) return;
      size_t rows = 0;
      for (const size_t term : askers) rows = std::max(rows, terms[term].rows);
      packs.push_back({kernels::ProbePack(vectors), std::move(askers), column, rows});
      vectors.clear();
      askers.clear();
    };
    for (size_t term = 0; term < terms.size(); ++term) {
      for (const ScanTerm::Pair& pair : terms[term].pairs) {
        if (pair.column != column) continue;
        vectors.push_back(pair.vector);
        askers.push_back(term);
        if (vectors.size() == kPackProbes) close();
      }
    }
    close();
  }
  return packs;
}

void Collect(const ScanTerm& term, const int32_t* products, size_t first, size_t count,
             Nearest& nearest) {
  for (size_t begin = 0; begin < count; begin += kBlockVectors) {
    const size_t end = std::min(count, begin + kBlockVectors);
    int32_t best = products[begin];
    for (size_t i = begin + 1; i < end; ++i) best = std::max(best, products[i]);
    if (best <= nearest.floor()) continue;
    for (size_t i = begin; i < end; ++i) {
      if (products[i] <= nearest.floor()) continue;
      if (term.admits && !term.admits(first + i)) continue;
      nearest.Offer(products[i], static_cast<uint32_t>(first + i));
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<std::vector<NearRow>>> ScanRows(absl::Span<const ColumnView> columns,
                                                           absl::Span<const ScanTerm> terms,
                                                           absl::Time deadline) {
  const std::vector<Pack> packs = PacksOf(terms, columns.size());
  std::vector<Nearest> nearest;
  for (const ScanTerm& term : terms) nearest.emplace_back(term.nearest_max);
  std::vector<int32_t> products(terms.size() * kRunRows);
  std::vector<int32_t*> sums;
  size_t first = 0;
  for (size_t run = 0; !columns.empty() && run < columns[0].runs.size(); ++run) {
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError("search: the deadline passed during the vector scan");
    }
    const size_t blocks = columns[0].runs[run].block_count;
    std::fill(products.begin(), products.end(), 0);
    for (const Pack& pack : packs) {
      if (pack.rows <= first) continue;
      sums.clear();
      for (const size_t term : pack.terms) sums.push_back(products.data() + term * kRunRows);
      kernels::AddInnerProducts(pack.probes, columns[pack.column].runs[run].blocks, blocks, sums);
    }
    for (size_t term = 0; term < terms.size(); ++term) {
      if (terms[term].rows <= first) continue;
      const size_t count = std::min(blocks * kBlockVectors, terms[term].rows - first);
      Collect(terms[term], products.data() + term * kRunRows, first, count, nearest[term]);
    }
    first += blocks * kBlockVectors;
  }
  std::vector<std::vector<NearRow>> found;
  for (Nearest& list : nearest) found.push_back(list.Take());
  return found;
}

}  // namespace distinct::gallery
