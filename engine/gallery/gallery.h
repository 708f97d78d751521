// Every searchable reference in memory, in shards that are searched in parallel.
//
// One writer (the follower of the ledger) applies numbered entries in order and then publishes the
// watermark; readers see a record from then on. A shard holds whole buckets (bucket = ticket %
// 1024); vectors sit in FAISS, templates (with their voting codes) in byte columns beside them.
// The number of shards changes the work, never an answer.
//
// Memory per person with ten fingers of 45 minutiae and a face: about 10 x (vector + 1 KB) + 1 KB;
// measured by bench/gallery.cc, reported by GetStatus.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/gallery/shard.h"
#include "engine/ids.h"
#include "matchers/modalities.h"

namespace distinct::gallery {

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
  absl::Status Add(Ticket n, absl::Span<const Template> templates);
  // Hides `closed` from searches for probes with a number > `at`, moves the watermark to `at`.
  absl::Status Erase(Ticket at, absl::Span<const Ticket> closed);

  // Every entry <= watermark has been applied.
  Ticket watermark() const;
  // Blocks until watermark() >= n; DEADLINE_EXCEEDED when `deadline` passes first.
  absl::Status WaitForWatermark(Ticket n, absl::Time deadline) const;

  absl::Span<const std::unique_ptr<Shard>> shards() const { return shards_; }
  uint64_t persons() const;  // searchable now
  uint64_t bytes() const;    // of vectors, codes and templates

 private:
  explicit Gallery(std::vector<std::unique_ptr<Shard>> shards);

  std::vector<std::unique_ptr<Shard>> shards_;
  mutable absl::Mutex mu_;
  Ticket watermark_ ABSL_GUARDED_BY(mu_) = kNoTicket;
};

}  // namespace distinct::gallery
