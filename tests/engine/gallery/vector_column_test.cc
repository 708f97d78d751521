#include "engine/gallery/vector_column.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexShards.h>
#include <faiss/impl/IDSelector.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <random>
#include <vector>

#include "engine/gallery/runs.h"

namespace distinct::gallery {
namespace {

constexpr int kDimensions = 32;

std::vector<float> Draw(std::mt19937& random, size_t vectors) {
  std::vector<float> values(vectors * kDimensions);
  for (float& x : values) x = static_cast<float>(static_cast<int>(random() % 7) - 3);
  return values;
}

struct Found {
  explicit Found(size_t places) : products(places), rows(places) {}
  std::vector<float> products;
  std::vector<faiss::Index::idx_t> rows;
  bool operator==(const Found&) const = default;
};

Found Search(const faiss::Index& index, const std::vector<float>& probes, size_t k,
             const faiss::SearchParameters* params = nullptr) {
  omp_set_num_threads(1);  // FAISS's threads are unseen by ThreadSanitizer
  const size_t count = probes.size() / kDimensions;
  Found found(count * k);
  index.search(static_cast<faiss::Index::idx_t>(count), probes.data(),
               static_cast<faiss::Index::idx_t>(k), found.products.data(), found.rows.data(),
               params);
  return found;
}

TEST(Runs, TellWhereEveryRowLies) {
  size_t first = 0;
  for (size_t run = 0; run < 12; ++run) {
    for (size_t offset = 0; offset < RunRows(first); ++offset) {
      EXPECT_EQ(PlaceOf(first + offset).run, run) << first + offset;
      EXPECT_EQ(PlaceOf(first + offset).offset, offset) << first + offset;
    }
    first += RunRows(first);
  }
  EXPECT_GT(first, 4 * kRunRows);
}

// Few distinct values, so that products repeat; FAISS's flat index does not order ties by id.
TEST(VectorColumn, FindsWhatTheFlatIndexOfFaissFinds) {
  std::mt19937 random(1);
  for (const size_t count : {1, 15, 16, 17, 100, 3001}) {
    const std::vector<float> vectors = Draw(random, count), probes = Draw(random, 11);
    ByteColumn space;
    VectorColumn column(kDimensions, space);
    faiss::IndexFlatIP flat(kDimensions);
    column.add(static_cast<faiss::Index::idx_t>(count), vectors.data());
    flat.add(static_cast<faiss::Index::idx_t>(count), vectors.data());
    const Found ours = Search(column, probes, 20), theirs = Search(flat, probes, 20);
    EXPECT_EQ(ours.products, theirs.products) << count;
    for (size_t i = 0; i < ours.rows.size(); ++i) {
      if (ours.rows[i] < 0) continue;  // padding
      const bool tied = i % 20 > 0 && ours.products[i] == ours.products[i - 1];
      if (tied) {
        EXPECT_LT(ours.rows[i - 1], ours.rows[i]);
      }
      std::vector<float> row(kDimensions);
      column.reconstruct(ours.rows[i], row.data());
      float product = 0;
      for (size_t d = 0; d < kDimensions; ++d) product += row[d] * probes[i / 20 * kDimensions + d];
      EXPECT_EQ(product, ours.products[i]);
    }
  }
}

TEST(VectorColumn, GivesOnlyWhatASelectorAdmits) {
  std::mt19937 random(2);
  const std::vector<float> vectors = Draw(random, 2000), probes = Draw(random, 3);
  ByteColumn space;
  VectorColumn column(kDimensions, space);
  column.add(2000, vectors.data());
  const faiss::IDSelectorRange selector(500, 600);
  faiss::SearchParameters params;
  params.sel = const_cast<faiss::IDSelectorRange*>(&selector);
  const Found found = Search(column, probes, 120, &params);
  for (size_t i = 0; i < found.rows.size(); ++i) {
    if (i % 120 < 100) {
      EXPECT_GE(found.rows[i], 500);
      EXPECT_LT(found.rows[i], 600);
    } else {
      EXPECT_EQ(found.rows[i], -1);
    }
  }
}

TEST(VectorColumn, StandsInAnIndexOfShards) {
  std::mt19937 random(3);
  const std::vector<float> vectors = Draw(random, 200), probes = Draw(random, 5);
  ByteColumn space;
  VectorColumn whole(kDimensions, space), first(kDimensions, space), second(kDimensions, space);
  whole.add(200, vectors.data());
  first.add(120, vectors.data());
  second.add(80, vectors.data() + 120 * kDimensions);
  faiss::IndexShards shards(kDimensions, /*threaded=*/false, /*successive_ids=*/true);
  shards.add_shard(&first);
  shards.add_shard(&second);
  EXPECT_EQ(Search(shards, probes, 10).products, Search(whole, probes, 10).products);
}

TEST(VectorColumn, AViewStaysAsItWasWhileVectorsAreAdded) {
  std::mt19937 random(4);
  ByteColumn space;
  VectorColumn column(kDimensions, space);
  column.add(21, Draw(random, 21).data());
  const ColumnView view = column.View();
  const std::vector<uint8_t> unfinished = view.unfinished;
  column.add(5000, Draw(random, 5000).data());
  EXPECT_EQ(view.unfinished, unfinished);
  ASSERT_EQ(view.runs.size(), 2U);  // a run of sixteen, and the five
  EXPECT_EQ(view.runs[0].block_count, 1U);
  EXPECT_EQ(view.runs[1].blocks, view.unfinished.data());
}

}  // namespace
}  // namespace distinct::gallery
