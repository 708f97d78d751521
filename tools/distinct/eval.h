// `distinct eval finger|face`: sets of images to error rates and speeds.
//
//   images --extract--> templates --all pairs of a set--> scores --rates.h--> JSON, TSV, page
//
// Works on matchers/ alone, no server. The definitions are rates.h (what a rate is), image_set.h
// (who is on an image) and pair_plan.h (which pairs there are).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "matchers/modality.h"
#include "tools/distinct/image_set.h"
#include "tools/distinct/voting_misses.h"

namespace distinct::cli {

struct PairScore {
  uint32_t probe = 0;  // indices into ImageSet::images
  uint32_t reference = 0;
  float score = 0;
  bool mated = false;
};

// What extraction says of one image.
struct ImageFacts {
  std::optional<Quality> quality;  // none: no template
  std::vector<std::string> flags;  // what an operator can act on
  std::string failure;             // why there is no template
};

struct SetScores {
  ImageSet set;
  std::vector<ImageFacts> facts;  // of set.images, in their order
  std::vector<PairScore> pairs;   // by rising probe, then reference
  uint64_t nonmated_total = 0;    // of which `pairs` may hold an evenly spaced subset
};

struct Evaluation {
  std::vector<SetScores> sets;
  std::vector<VotingMisses> voting;  // of the sets; empty if the modality has no codes
  double extract_ms_p50 = 0;         // encoded bytes to finished template, one thread
  double extract_ms_p95 = 0;
  double extract_cpu_ms_p50 = 0;  // the same by the thread's CPU clock: on a machine that is shared
  double compare_per_s = 0;       // one prepared probe against references in memory, one thread
  double template_bytes_mean = 0;
};

// Extracts and compares on `threads` threads; progress on standard error. An image that yields no
// template is counted, not an error. Errors: those of ReadImageSet(), and files that cannot be
// read.
absl::StatusOr<Evaluation> Evaluate(const Modality& modality, absl::Span<const std::string> sets,
                                    int threads);

}  // namespace distinct::cli
