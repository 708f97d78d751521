// Extractors for all calls, and the memory that their pictures may take.
//
//   samples -> headers read, pixels budgeted -> extractors borrowed -> TBB, one extractor a thread
//                                                `-> of a batch: this thread, online work first
//
// An extractor owns network state and scratch (tens of megabytes), so they are kept and lent, one
// to a thread while it extracts; at most as many are kept as threads.
#pragma once

#include <tbb/task_arena.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "distinct/v1/types.pb.h"
#include "engine/search/right_of_way.h"
#include "engine/service/call.h"
#include "matchers/modalities.h"

namespace distinct::service {

struct ExtractionPoolOptions {
  int threads = 2;
  // Decoded pixels of one call: four pictures of image::Limits::pixels_max; thirty 500 dpi prints
  // have a sixteenth of it.
  int64_t pixels_per_call_max = 160'000'000;
  // Of all online calls together; a pixel costs some 20 bytes while it is worked on (float fields).
  int64_t pixels_max = 320'000'000;
  // Of batch calls, beside them; they also get only what online calls leave of `pixels_max`.
  int64_t batch_pixels_max = 80'000'000;
};

// Thread-safe.
class ExtractionPool {
 public:
  // `modalities` and `right_of_way` must outlive the pool.
  ExtractionPool(const Modalities& modalities, search::RightOfWay& right_of_way,
                 const ExtractionPoolOptions& options);
  ~ExtractionPool();

  // One result a sample, in order: an extraction, INVALID_ARGUMENT or FAILED_PRECONDITION as
  // Extractor says. RESOURCE_EXHAUSTED for the whole call: more pixels than the call may have, or
  // (with a time to wait) than the server has left. CANCELLED, DEADLINE_EXCEEDED: the call is not
  // wanted any more, which is asked before each sample. Blocks.
  // REQUIRES: a modality serves every sample's position.
  absl::StatusOr<std::vector<absl::StatusOr<Extraction>>> Extract(absl::Span<const Sample> samples,
                                                                  Call& call);

  // What samples take on one thread, as the last hundred or so of each modality did: admission
  // budgets it. Thread-safe.
  absl::Duration WorkOf(const v1::Sample& sample) const;
  absl::Duration WorkOf(const v1::Biometrics& biometrics) const;

  // Samples that extractors were given since the start.
  uint64_t extracted() const { return extracted_; }

 private:
  using Results = std::vector<absl::StatusOr<Extraction>>;

  absl::Status Reserve(search::Priority priority, int64_t pixels);
  void Release(search::Priority priority, int64_t pixels);
  // Extracts those of `samples` whose modality is `modality`, `results` in the same order.
  absl::Status ExtractOf(const Modality& modality, absl::Span<const Sample> samples, Call& call,
                         Results& results);
  std::unique_ptr<Extractor> Borrow(const Modality& modality);
  void Return(const Modality& modality, std::unique_ptr<Extractor> extractor);
  void Remember(const Modality& modality, std::chrono::nanoseconds took);

  const Modalities& modalities_;
  search::RightOfWay& right_of_way_;
  const ExtractionPoolOptions options_;
  tbb::task_arena arena_;
  absl::Mutex mu_;
  int64_t online_pixels_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t batch_pixels_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<const Modality*, std::vector<std::unique_ptr<Extractor>>> idle_ ABSL_GUARDED_BY(mu_);
  std::atomic<uint64_t> extracted_{0};
  // Of one sample. The keys are fixed from the start.
  std::map<const Modality*, std::atomic<double>> usual_ns_;
};

}  // namespace distinct::service
