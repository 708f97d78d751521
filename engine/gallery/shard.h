// Some of the gallery's buckets: the vectors of each position in FAISS, templates in a byte column.
//
//   Add: template -> vector -> FAISS index of its position     Scan: vector -> nearest persons,
//                 `-> byte column, never moved                       with the coverage of each
//                 bucket
//
// Vectors are int8 and distances squared Euclidean over integers, hence exact: the nearest k are
// the same for any number of shards, ties going to the lower ticket. For unit vectors the order is
// that of the inner product. Thread-safe: scans share a lock that an append takes for the time of
// copying one person. What Scan() returns is immutable and valid as long as the shard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/ids.h"
#include "matchers/modalities.h"

namespace distinct::gallery {

// A reference's template. A view of bytes that never move.
struct StoredTemplate {
  const char* data = nullptr;
  uint32_t data_bytes = 0;
  uint32_t codes_offset = 0;
  uint32_t codes_bytes = 0;
  Position position = Position::kUnknownFinger;

  std::string_view bytes() const { return {data, data_bytes}; }
  std::string_view codes() const { return bytes().substr(codes_offset, codes_bytes); }
};

struct Person {
  Ticket ticket = kNoTicket;
  absl::Span<const StoredTemplate> templates;
};

// Which persons a probe may see.
struct Visibility {
  Ticket upto = kNoTicket;                    // only tickets < upto
  Ticket as_of = kNoTicket;                   // not those closed by an entry < as_of
  Ticket exclude = kNoTicket;                 // never this one
  const std::vector<Ticket>* only = nullptr;  // if not null: none but these, sorted
};

// The probe's vector against one position of the references.
struct VectorProbe {
  Position reference = Position::kUnknownFinger;
  absl::Span<const int8_t> vector;
  size_t nearest_max = 0;
};

// A template made ready to be added, outside every lock. Views of the template's bytes.
struct PreparedReference {
  Position position = Position::kUnknownFinger;
  std::string_view bytes;  // what is kept
  std::string_view codes;
  std::vector<int8_t> vector;
};

struct Neighbour {
  uint32_t distance = 0;  // squared Euclidean
  const Person* person = nullptr;
};

struct ScanRequest {
  Visibility visibility;
  std::vector<VectorProbe> probes;
  bool list_persons = false;  // also return every visible person
  absl::Time deadline = absl::InfiniteFuture();
};

// What a bucket holds for this probe by the ledger's entries, and what was really there to scan.
struct BucketCoverage {
  uint32_t bucket = 0;
  uint64_t expected = 0;
  uint64_t searched = 0;
};

struct ScanResult {
  // One list for each probe, by rising distance, then ticket. A person with several samples of the
  // position stands there once for each.
  std::vector<std::vector<Neighbour>> nearest;
  std::vector<const Person*> persons;   // if asked for, by rising ticket
  std::vector<BucketCoverage> buckets;  // of this shard, none left out
};

class Shard {
 public:
  // Holds the buckets b with b % shards == index.
  Shard(uint32_t index, uint32_t shards);
  ~Shard();

  // Templates of a modality that is not loaded are left out of the vectors and of every comparison.
  // The templates must outlive the result. INVALID_ARGUMENT: one that its modality does not read.
  // INTERNAL: a modality whose vectors are not as it promises.
  static absl::StatusOr<std::vector<PreparedReference>> Prepare(
      const Modalities& modalities, absl::Span<const Template> templates);

  // Adds a person; tickets come in rising order. The person is expected by the coverage from here
  // on, so that after an error, that of `prepared` too, every scan that should see it tells that
  // the shard is incomplete. It may be tried again. INTERNAL, for good: FAISS had failed in the
  // middle of a person.
  absl::Status Add(Ticket ticket, const absl::StatusOr<std::vector<PreparedReference>>& prepared);
  // Hides a person from probes with `as_of` > at. No effect on a ticket that holds no templates.
  void Close(Ticket at, Ticket closed);

  // Everything below one lock, so that coverage speaks of this very scan. Runs on this thread.
  // DEADLINE_EXCEEDED; INTERNAL: vectors are asked for, and FAISS had failed in an Add().
  absl::StatusOr<ScanResult> Scan(const ScanRequest& request) const;

  // Null if there is no such person, or it is hidden as of `as_of`.
  const Person* Find(Ticket ticket, Ticket as_of) const;

  uint64_t persons() const;  // not closed
  uint64_t bytes() const;    // vectors, codes, templates and what finds them

 private:
  struct Columns;
  std::unique_ptr<Columns> columns_;
};

}  // namespace distinct::gallery
