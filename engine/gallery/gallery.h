// Every searchable reference in memory, in shards that are searched in parallel.
//
// One writer (the follower of the ledger) applies numbered entries in order and then publishes the
// watermark; readers see a record from then on. A shard holds whole buckets (bucket = ticket %
// 1024); vectors sit in FAISS indexes, templates (with their voting codes) in byte columns beside
// them.
// The number of shards changes the work, never an answer.
//
// Memory per person with ten fingers of 45 minutiae: about 10 x (vector + 1 KB) + 300 bytes;
// measured by tests/engine/gallery/gallery_test.cc, reported by GetStatus.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/scan_queue.h"
#include "engine/gallery/shard.h"
#include "engine/ids.h"
#include "matchers/modalities.h"

namespace distinct::gallery {

// References under the ledger's number; none if the entry has none (refused, erased).
struct NumberedReferences {
  Ticket ticket = kNoTicket;
  absl::Span<const Template> templates;
};

struct GalleryOptions {
  int shards = 2;  // 1 to 64; more than cores brings nothing
};

class Gallery {
 public:
  // `modalities` must outlive the gallery.
  static absl::StatusOr<std::unique_ptr<Gallery>> Create(const Modalities& modalities,
                                                         const GalleryOptions& options);

  // Adds the references of ticket `n`. Tickets come in rising order without gaps; an entry without
  // templates (refused, an ERASE entry) only moves the watermark. One writer.
  // INVALID_ARGUMENT: a template that its modality does not read (extract again);
  // FAILED_PRECONDITION: a gap. Nothing is published then; the gallery must be rebuilt.
  absl::Status Add(Ticket n, absl::Span<const Template> templates);
  // The same for several, in order: made ready under oneTBB, and the shards filled in parallel.
  // After an error those before the one that failed are published.
  absl::Status AddInOrder(absl::Span<const NumberedReferences> entries);
  // Hides `closed` from searches for probes with a number > `at`, moves the watermark to `at`.
  absl::Status Erase(Ticket at, absl::Span<const Ticket> closed);

  // Every entry <= watermark has been applied.
  Ticket watermark() const;
  // Blocks until watermark() >= n; DEADLINE_EXCEEDED when `deadline` passes first.
  absl::Status WaitForWatermark(Ticket n, absl::Time deadline) const;

  // The nearest of all shards, scanned in parallel under oneTBB; requests of several threads at
  // one time go together. `buckets` are those of all shards. DEADLINE_EXCEEDED.
  absl::StatusOr<ScanResult> Scan(const ScanRequest& request) const;
  // Scans wait a little for the one that it announces.
  Announcement Announce() const { return scans_.Announce(); }

  size_t shards() const { return shards_.size(); }
  // Every person that `visibility` admits, by rising ticket.
  std::vector<Ticket> Tickets(const Visibility& visibility) const;
  // The templates of a person, as probes; their quality is not kept and reads 0. Empty if there is
  // no such person or it is hidden as of `as_of`.
  std::vector<Template> TemplatesOf(Ticket ticket, Ticket as_of) const;

  uint64_t persons() const;  // searchable now
  uint64_t bytes() const;    // of vectors, codes and templates

 private:
  Gallery(const Modalities& modalities, std::vector<std::unique_ptr<Shard>> shards);

  using PreparedEntry = absl::StatusOr<std::vector<PreparedReference>>;

  size_t ShardIndexOf(Ticket ticket) const { return BucketOf(ticket) % shards_.size(); }
  Shard& ShardOf(Ticket ticket) const { return *shards_[ShardIndexOf(ticket)]; }
  size_t GoodEntries(absl::Span<const NumberedReferences> entries,
                     absl::Span<const PreparedEntry> prepared) const;
  absl::Status Refuse(const NumberedReferences& entry, const PreparedEntry& prepared);
  std::vector<absl::StatusOr<ScanResult>> ScanShards(
      absl::Span<const ScanRequest* const> requests) const;
  void Publish(Ticket n);

  const Modalities& modalities_;
  std::vector<std::unique_ptr<Shard>> shards_;
  mutable ScanQueue scans_;
  mutable absl::Mutex mu_;
  Ticket watermark_ ABSL_GUARDED_BY(mu_) = kNoTicket;
};

}  // namespace distinct::gallery
