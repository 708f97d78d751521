#include "engine/search/vector_stage.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <utility>

#include "matchers/status.h"

namespace distinct::search {
namespace {

using gallery::Neighbour;
using gallery::Person;
using gallery::ScanRequest;
using gallery::ScanResult;

struct Scans {
  ScanRequest request;
  std::vector<bool> codeless;  // of request.probes
};

Scans PlanScans(const PreparedPerson& probe, const VectorStageOptions& options) {
  Scans scans;
  scans.request.visibility = options.visibility;
  scans.request.deadline = options.deadline;
  scans.request.list_persons = options.everybody_votes;
  for (const PreparedTemplate& sample : probe) {
    const bool codeless = !sample.codes.has_value();
    if (options.everybody_votes && !codeless) continue;
    for (const Position reference : kPositions) {
      if (!MayShowTheSame(sample.position, reference)) continue;
      scans.request.probes.push_back(
          {reference, sample.vector,
           codeless ? options.nearest_codeless_max : options.nearest_max});
      scans.codeless.push_back(codeless);
    }
  }
  return scans;
}

// The nearest of all shards to probe `i`.
std::vector<Neighbour> Merge(const std::vector<absl::StatusOr<ScanResult>>& shards, size_t i,
                             size_t nearest_max) {
  std::vector<Neighbour> merged;
  for (const auto& shard : shards) {
    merged.insert(merged.end(), shard->nearest[i].begin(), shard->nearest[i].end());
  }
  const size_t kept = std::min(merged.size(), nearest_max);
  std::partial_sort(merged.begin(), merged.begin() + static_cast<std::ptrdiff_t>(kept),
                    merged.end(), [](const Neighbour& a, const Neighbour& b) {
                      return a.distance != b.distance ? a.distance < b.distance
                                                      : a.person->ticket < b.person->ticket;
                    });
  merged.resize(kept);
  return merged;
}

void SortByTicketOnce(std::vector<const Person*>& persons) {
  std::sort(persons.begin(), persons.end(),
            [](const Person* a, const Person* b) { return a->ticket < b->ticket; });
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
}

}  // namespace

absl::StatusOr<VectorStageResult> RunVectorStage(const gallery::Gallery& gallery,
                                                 const PreparedPerson& probe,
                                                 const VectorStageOptions& options) {
  const Scans scans = PlanScans(probe, options);
  std::vector<absl::StatusOr<ScanResult>> shards(gallery.shards().size());
  // A scan locks its shard inside the task. It is a leaf that never waits for another task; were
  // the locks taken out here, a thread that waits for its tasks could start another search's, and
  // an append between the two would block them all.
  tbb::parallel_for(size_t{0}, shards.size(),
                    [&](size_t i) { shards[i] = gallery.shards()[i]->Scan(scans.request); });
  VectorStageResult result;
  for (const auto& shard : shards) {
    if (!shard.ok()) return shard.status();
    result.voters.insert(result.voters.end(), shard->persons.begin(), shard->persons.end());
    for (const gallery::BucketCoverage& bucket : shard->buckets) {
      result.gallery_count += bucket.expected;
      // A bucket with more than it should hold must not make up for one with less.
      result.searched_count += std::min(bucket.searched, bucket.expected);
    }
  }
  for (size_t i = 0; i < scans.request.probes.size(); ++i) {
    auto& passed = scans.codeless[i] ? result.codeless : result.voters;
    for (const Neighbour& neighbour : Merge(shards, i, scans.request.probes[i].nearest_max)) {
      passed.push_back(neighbour.person);
    }
  }
  SortByTicketOnce(result.voters);
  SortByTicketOnce(result.codeless);
  return result;
}

}  // namespace distinct::search
