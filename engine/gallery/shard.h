// Some of the gallery's buckets: vectors in FAISS indexes, templates in a byte column beside them.
//
//   Add: template -> vector -> column of its position      Scan: a view, then without a lock
//                 `-> byte column, never moved                   vectors -> nearest persons, with
//                 cohort, bucket                                 the coverage of each bucket
//
// Vectors are int8 and inner products exact integers: the nearest k are the same for any number
// of shards, ties going to the lower ticket. Thread-safe: a scan takes the shard's lock to see what
// is there, an append for the time of copying one person. What Scan() returns is immutable and
// valid as long as the shard.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/coverage.h"
#include "engine/gallery/person.h"
#include "engine/gallery/scan_plan.h"
#include "engine/ids.h"
#include "matchers/modalities.h"

namespace distinct::gallery {

struct Neighbour {
  int32_t product = 0;  // the sum of the inner products
  const Person* person = nullptr;
};

class Announcement;

struct ScanRequest {
  Visibility visibility;
  std::vector<ProbeVector> probes;  // the most telling first
  // How many persons a list keeps, by the number of samples that speak together, less one; and
  // lists of samples without codes.
  std::array<size_t, kSpeakTogetherMax> nearest_max{};
  size_t nearest_codeless_max = 0;
  bool list_persons = false;  // also return every visible person
  // Ends once the scan is in the queue (scan_queue.h). Null: it was not announced.
  Announcement* announced = nullptr;
  absl::Time deadline = absl::InfiniteFuture();

  bool HasCodes(const ListKey& list) const {
    return list.together > 1 || probes[list.probe].has_codes;
  }
  size_t NearestMax(const ListKey& list) const {
    return HasCodes(list) ? nearest_max[list.together - 1] : nearest_codeless_max;
  }
};

struct NearestList {
  ListKey key;
  // By falling product, then rising ticket. A person with several samples of the position
  // stands there once for each.
  std::vector<Neighbour> neighbours;
};

struct ScanResult {
  std::vector<NearestList> nearest;     // by key; only lists in which somebody stands
  std::vector<const Person*> persons;   // if asked for, by rising ticket
  std::vector<BucketCoverage> buckets;  // of this shard, none left out
};

// The nearest of them: by falling product, then rising ticket.
void Shorten(std::vector<Neighbour>& neighbours, size_t nearest_max);

class Shard {
 public:
  // Holds the buckets b with b % shards == index.
  Shard(uint32_t index, uint32_t shards);
  ~Shard();

  // Templates of a modality that is not loaded, or of another version of it than is in force, are
  // left out of the vectors and of every comparison.
  // The templates must outlive the result. INVALID_ARGUMENT: one that its modality does not read.
  // INTERNAL: a modality whose vectors are not as it promises.
  static absl::StatusOr<std::vector<PreparedReference>> Prepare(
      const Modalities& modalities, absl::Span<const Template> templates);

  // Adds a person; tickets come in rising order. The person is expected by the coverage from here
  // on, so that after an error of `prepared` every scan that should see it tells that the shard is
  // incomplete. It may be tried again.
  absl::Status Add(Ticket ticket, const absl::StatusOr<std::vector<PreparedReference>>& prepared);
  // Hides a person from probes with `as_of` > at. No effect on a ticket that holds no templates.
  void Close(Ticket at, Ticket closed);

  // Answers several probes together, at little more than the cost of one, in their order. Coverage
  // and what is scanned are taken under one lock. Runs on this thread. DEADLINE_EXCEEDED.
  std::vector<absl::StatusOr<ScanResult>> Scan(absl::Span<const ScanRequest* const> requests) const;

  // Null if there is no such person, or it is hidden as of `as_of`.
  const Person* Find(Ticket ticket, Ticket as_of) const;

  uint64_t persons() const;  // not closed
  uint64_t bytes() const;    // vectors, codes, templates and what finds them

 private:
  struct Contents;
  std::unique_ptr<Contents> contents_;
};

}  // namespace distinct::gallery
