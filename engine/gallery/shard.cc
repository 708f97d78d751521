#include "engine/gallery/shard.h"

#include <faiss/IndexScalarQuantizer.h>
#include <faiss/impl/IDSelector.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/gallery/byte_column.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::gallery {
namespace {

// FAISS returns distances as floats, exact for integers up to 2^24. Two vectors of squared norm
// <= 2^22 are never further apart than that.
constexpr int64_t kSquaredNormMax = int64_t{1} << 22;

constexpr size_t kPositionNumbers = static_cast<size_t>(Position::kFace) + 1;

// The vectors of one position; vector i belongs to the person in row owners[i]. Rows rise.
struct VectorColumn {
  explicit VectorColumn(int dimensions)
      : index(dimensions, faiss::ScalarQuantizer::QT_8bit_direct, faiss::METRIC_L2) {
    index.is_trained = true;  // the quantiser that stores bytes as they are learns nothing
  }
  faiss::IndexScalarQuantizer index;
  std::vector<uint32_t> owners;
};

using VectorColumns = std::array<std::unique_ptr<VectorColumn>, kPositionNumbers>;

class VisibleOwners : public faiss::IDSelector {
 public:
  VisibleOwners(const std::vector<uint32_t>& owners, const std::vector<uint8_t>& visible)
      : owners_(owners), visible_(visible) {}
  bool is_member(idx_t id) const override {
    return visible_[owners_[static_cast<size_t>(id)]] != 0;
  }

 private:
  const std::vector<uint32_t>& owners_;
  const std::vector<uint8_t>& visible_;
};

// The 8-bit quantiser stores 0 to 255; the shift changes no distance.
uint8_t Shifted(int8_t x) { return static_cast<uint8_t>(x + 128); }

std::vector<float> ShiftedFloats(absl::Span<const int8_t> vector) {
  std::vector<float> shifted(vector.size());
  std::transform(vector.begin(), vector.end(), shifted.begin(),
                 [](int8_t x) { return static_cast<float>(Shifted(x)); });
  return shifted;
}

// The k nearest visible rows as (distance, row), rising. Of equal distances the lower rows: FAISS
// scans in order, and its heap gives up the higher id first (CMax::cmp2 of
// faiss/utils/ordered_key_value.h). The gallery's tests hold it to that with ties everywhere.
std::vector<std::pair<uint32_t, uint32_t>> NearestRows(const VectorColumn& column,
                                                       const std::vector<float>& vector, size_t k,
                                                       const faiss::SearchParameters* params) {
  const size_t count = std::min(k, static_cast<size_t>(column.index.ntotal));
  if (count == 0) return {};  // FAISS refuses to look for none
  std::vector<float> distances(count);
  std::vector<faiss::Index::idx_t> ids(count);
  column.index.search(1, vector.data(), static_cast<faiss::Index::idx_t>(count), distances.data(),
                      ids.data(), params);
  std::vector<std::pair<uint32_t, uint32_t>> nearest;
  nearest.reserve(count);
  for (size_t i = 0; i < count && ids[i] >= 0; ++i) {  // padded with -1 if fewer are visible
    nearest.emplace_back(static_cast<uint32_t>(distances[i]),
                         column.owners[static_cast<size_t>(ids[i])]);
  }
  std::sort(nearest.begin(), nearest.end());
  return nearest;
}

absl::StatusOr<PreparedReference> PrepareReference(const Modality& modality,
                                                   const Template& features) {
  PreparedReference reference{features.position, modality.Scored(features.bytes),
                              modality.Codes(features.bytes), modality.Vector(features.bytes)};
  CHECK(reference.vector.size() == static_cast<size_t>(modality.vector_dimensions()));
  int64_t squared_norm = 0;
  for (const int8_t x : reference.vector) squared_norm += int64_t{x} * x;
  if (squared_norm > kSquaredNormMax) {
    return absl::InternalError(absl::StrCat(
        std::string(PositionName(features.position)), ".vector: got squared norm ", squared_norm,
        ", want at most ", kSquaredNormMax, "; report this as an error of the modality"));
  }
  return reference;
}

// The index's own add() would take floats and make of them the bytes that are here already.
void AddVector(const std::vector<int8_t>& vector, faiss::IndexScalarQuantizer& index) {
  const size_t at = index.codes.size();
  index.codes.resize(at + vector.size());
  std::transform(vector.begin(), vector.end(),
                 index.codes.begin() + static_cast<std::ptrdiff_t>(at), Shifted);
  ++index.ntotal;
}

absl::Status AddVectors(absl::Span<const PreparedReference> references, uint32_t row,
                        VectorColumns& columns) {
  return Guard("faiss", [&] {
    for (const PreparedReference& reference : references) {
      auto& column = columns[static_cast<size_t>(reference.position)];
      if (!column) {
        column = std::make_unique<VectorColumn>(static_cast<int>(reference.vector.size()));
      }
      AddVector(reference.vector, column->index);
      column->owners.push_back(row);
    }
    return absl::OkStatus();
  });
}

}  // namespace

struct Shard::Columns {
  // The ledger's side of the coverage: written before, and independent of, the columns below.
  struct Bucket {
    std::vector<Ticket> added;                      // rising
    std::vector<std::pair<Ticket, Ticket>> closed;  // ticket, closed at
  };

  Columns(uint32_t index, uint32_t shards) : shard_index(index), shard_count(shards) {}

  bool Holds(uint32_t bucket) const { return bucket % shard_count == shard_index; }

  size_t RowOf(Ticket ticket) const ABSL_SHARED_LOCKS_REQUIRED(mu) {
    const auto row =
        std::lower_bound(persons.begin(), persons.end(), ticket,
                         [](const Person& p, Ticket wanted) { return p.ticket < wanted; });
    if (row == persons.end() || row->ticket != ticket) return persons.size();
    return static_cast<size_t>(row - persons.begin());
  }

  absl::Status Append(Ticket ticket, absl::Span<const PreparedReference> references)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
  const Person& Store(Ticket ticket, absl::Span<const PreparedReference> references)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
  std::vector<uint8_t> VisibleRows(const Visibility& visibility) const
      ABSL_SHARED_LOCKS_REQUIRED(mu);
  uint64_t ExpectedIn(const Bucket& bucket, const Visibility& visibility) const
      ABSL_SHARED_LOCKS_REQUIRED(mu);
  std::vector<BucketCoverage> Coverage(const Visibility& visibility,
                                       const std::vector<uint8_t>& visible) const
      ABSL_SHARED_LOCKS_REQUIRED(mu);
  absl::StatusOr<std::vector<Neighbour>> Nearest(const VectorProbe& probe,
                                                 const std::vector<uint8_t>& visible,
                                                 bool all_visible) const
      ABSL_SHARED_LOCKS_REQUIRED(mu);

  const uint32_t shard_index;
  const uint32_t shard_count;
  mutable absl::Mutex mu;
  std::array<Bucket, kBucketCount> buckets ABSL_GUARDED_BY(mu);
  std::deque<Person> persons ABSL_GUARDED_BY(mu);  // a deque: rows never move
  std::vector<Ticket> closed_at ABSL_GUARDED_BY(mu);
  VectorColumns vectors ABSL_GUARDED_BY(mu);
  ByteColumn bytes ABSL_GUARDED_BY(mu);
  uint64_t closed_count ABSL_GUARDED_BY(mu) = 0;
  bool complete ABSL_GUARDED_BY(mu) = true;  // false: FAISS failed in the middle of a person
};

namespace {

absl::Status Incomplete() {
  return absl::InternalError(
      "shard: got a person without all vectors; restart to rebuild the gallery from the ledger");
}

bool Hides(Ticket closed_at, Ticket as_of) { return closed_at != kNoTicket && closed_at < as_of; }

bool Admits(const Visibility& visibility, Ticket ticket) {
  return ticket < visibility.upto && ticket != visibility.exclude &&
         (visibility.only == nullptr ||
          std::binary_search(visibility.only->begin(), visibility.only->end(), ticket));
}

}  // namespace

const Person& Shard::Columns::Store(Ticket ticket, absl::Span<const PreparedReference> references) {
  size_t size = references.size() * sizeof(StoredTemplate);
  for (const PreparedReference& reference : references) size += reference.bytes.size();
  std::byte* space = bytes.Append(size);
  auto* table = reinterpret_cast<StoredTemplate*>(space);
  char* data = reinterpret_cast<char*>(space + references.size() * sizeof(StoredTemplate));
  for (size_t i = 0; i < references.size(); ++i) {
    const std::string_view from = references[i].bytes;
    StoredTemplate stored;
    stored.data = data;
    stored.data_bytes = static_cast<uint32_t>(from.size());
    if (!references[i].codes.empty()) {
      stored.codes_offset = static_cast<uint32_t>(references[i].codes.data() - from.data());
      stored.codes_bytes = static_cast<uint32_t>(references[i].codes.size());
    }
    stored.position = references[i].position;
    std::construct_at(table + i, stored);
    std::memcpy(data, from.data(), from.size());
    data += from.size();
  }
  closed_at.push_back(kNoTicket);
  return persons.emplace_back(Person{ticket, {table, references.size()}});
}

absl::Status Shard::Columns::Append(Ticket ticket, absl::Span<const PreparedReference> references) {
  const auto row = static_cast<uint32_t>(persons.size());
  Store(ticket, references);
  complete = false;  // until every vector is in
  RETURN_IF_ERROR(AddVectors(references, row, vectors));
  complete = true;
  return absl::OkStatus();
}

std::vector<uint8_t> Shard::Columns::VisibleRows(const Visibility& visibility) const {
  std::vector<uint8_t> visible(persons.size(), 0);
  size_t row = 0;
  for (const Person& person : persons) {
    if (person.ticket >= visibility.upto) break;  // tickets rise
    visible[row] = Admits(visibility, person.ticket) && !Hides(closed_at[row], visibility.as_of);
    ++row;
  }
  return visible;
}

uint64_t Shard::Columns::ExpectedIn(const Bucket& bucket, const Visibility& visibility) const {
  const auto end = std::lower_bound(bucket.added.begin(), bucket.added.end(), visibility.upto);
  uint64_t expected = 0;
  if (visibility.only == nullptr) {
    const bool excludes = std::binary_search(bucket.added.begin(), end, visibility.exclude);
    expected = static_cast<uint64_t>(end - bucket.added.begin()) - (excludes ? 1 : 0);
  } else {
    expected = static_cast<uint64_t>(std::count_if(
        bucket.added.begin(), end, [&](Ticket ticket) { return Admits(visibility, ticket); }));
  }
  for (const auto& [ticket, at] : bucket.closed) {
    if (Admits(visibility, ticket) && Hides(at, visibility.as_of)) --expected;
  }
  return expected;
}

std::vector<BucketCoverage> Shard::Columns::Coverage(const Visibility& visibility,
                                                     const std::vector<uint8_t>& visible) const {
  std::array<uint64_t, kBucketCount> searched{};
  size_t row = 0;
  for (const Person& person : persons) searched[BucketOf(person.ticket)] += visible[row++];
  std::vector<BucketCoverage> coverage;
  for (uint32_t bucket = shard_index; bucket < kBucketCount; bucket += shard_count) {
    coverage.push_back({bucket, ExpectedIn(buckets[bucket], visibility), searched[bucket]});
  }
  return coverage;
}

absl::StatusOr<std::vector<Neighbour>> Shard::Columns::Nearest(const VectorProbe& probe,
                                                               const std::vector<uint8_t>& visible,
                                                               bool all_visible) const {
  std::vector<Neighbour> neighbours;
  const VectorColumn* column = vectors[static_cast<size_t>(probe.reference)].get();
  if (column == nullptr) return neighbours;
  CHECK(probe.vector.size() == static_cast<size_t>(column->index.d));
  const VisibleOwners selector(column->owners, visible);
  faiss::SearchParameters params;
  params.sel = const_cast<VisibleOwners*>(&selector);
  ASSIGN_OR_RETURN(
      auto nearest,
      Guard("faiss", [&]() -> absl::StatusOr<std::vector<std::pair<uint32_t, uint32_t>>> {
        return NearestRows(*column, ShiftedFloats(probe.vector), probe.nearest_max,
                           all_visible ? nullptr : &params);
      }));
  neighbours.reserve(nearest.size());
  for (const auto& [distance, row] : nearest) neighbours.push_back({distance, &persons[row]});
  return neighbours;
}

Shard::Shard(uint32_t index, uint32_t shards) : columns_(std::make_unique<Columns>(index, shards)) {
  CHECK(index < shards && shards <= kBucketCount);
}

Shard::~Shard() = default;

absl::StatusOr<std::vector<PreparedReference>> Shard::Prepare(
    const Modalities& modalities, absl::Span<const Template> templates) {
  std::vector<PreparedReference> references;
  references.reserve(templates.size());
  for (const Template& features : templates) {
    const Modality* modality = modalities.For(features.position);
    if (modality == nullptr) continue;
    const absl::Status valid = modality->Validate(features.bytes);
    if (!valid.ok()) {
      return absl::Status(valid.code(), absl::StrCat(std::string(PositionName(features.position)),
                                                     ": ", valid.message()));
    }
    ASSIGN_OR_RETURN(PreparedReference prepared, PrepareReference(*modality, features));
    references.push_back(std::move(prepared));
  }
  return references;
}

absl::Status Shard::Add(Ticket ticket,
                        const absl::StatusOr<std::vector<PreparedReference>>& prepared) {
  CHECK(columns_->Holds(BucketOf(ticket)));
  absl::MutexLock lock(&columns_->mu);
  if (!columns_->complete) return Incomplete();
  std::vector<Ticket>& added = columns_->buckets[BucketOf(ticket)].added;
  if (added.empty() || added.back() != ticket) added.push_back(ticket);  // tried before
  RETURN_IF_ERROR(prepared.status());
  CHECK(columns_->persons.empty() || columns_->persons.back().ticket < ticket);
  return columns_->Append(ticket, *prepared);
}

void Shard::Close(Ticket at, Ticket closed) {
  CHECK(columns_->Holds(BucketOf(closed)));
  absl::MutexLock lock(&columns_->mu);
  const size_t row = columns_->RowOf(closed);
  if (row == columns_->persons.size() || columns_->closed_at[row] != kNoTicket) return;
  columns_->closed_at[row] = at;
  ++columns_->closed_count;
  columns_->buckets[BucketOf(closed)].closed.emplace_back(closed, at);
}

absl::StatusOr<ScanResult> Shard::Scan(const ScanRequest& request) const {
  omp_set_num_threads(1);  // of this thread: TBB is the only scheduler
  absl::ReaderMutexLock lock(&columns_->mu);
  // A list of persons needs no vectors.
  if (!columns_->complete && !request.probes.empty()) return Incomplete();
  const std::vector<uint8_t> visible = columns_->VisibleRows(request.visibility);
  const bool all_visible = std::find(visible.begin(), visible.end(), 0) == visible.end();
  ScanResult result;
  result.buckets = columns_->Coverage(request.visibility, visible);
  if (request.list_persons) {
    size_t row = 0;
    for (const Person& person : columns_->persons) {
      if (visible[row++] != 0) result.persons.push_back(&person);
    }
  }
  for (const VectorProbe& probe : request.probes) {
    if (absl::Now() >= request.deadline) {
      return absl::DeadlineExceededError("search: the deadline passed during the vector scan");
    }
    ASSIGN_OR_RETURN(std::vector<Neighbour> nearest,
                     columns_->Nearest(probe, visible, all_visible));
    result.nearest.push_back(std::move(nearest));
  }
  return result;
}

const Person* Shard::Find(Ticket ticket, Ticket as_of) const {
  absl::ReaderMutexLock lock(&columns_->mu);
  const size_t row = columns_->RowOf(ticket);
  if (row == columns_->persons.size() || Hides(columns_->closed_at[row], as_of)) return nullptr;
  return &columns_->persons[row];
}

uint64_t Shard::persons() const {
  absl::ReaderMutexLock lock(&columns_->mu);
  return columns_->persons.size() - columns_->closed_count;
}

uint64_t Shard::bytes() const {
  absl::ReaderMutexLock lock(&columns_->mu);
  uint64_t bytes = columns_->bytes.bytes();
  bytes += columns_->persons.size() * (sizeof(Person) + 2 * sizeof(Ticket));
  for (const auto& column : columns_->vectors) {
    if (!column) continue;
    bytes += column->index.codes.capacity() + column->owners.capacity() * sizeof(uint32_t);
  }
  return bytes;
}

}  // namespace distinct::gallery
