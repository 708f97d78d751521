#include "engine/gallery/shard.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "engine/gallery/cohort.h"
#include "engine/gallery/scan.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::gallery {

struct Shard::Contents {
  Contents(uint32_t index, uint32_t shards) : shard_index(index), shard_count(shards) {}

  bool Holds(uint32_t bucket) const { return bucket % shard_count == shard_index; }

  const uint32_t shard_index;
  const uint32_t shard_count;
  mutable absl::Mutex mu;
  std::array<BucketCount, kBucketCount> buckets ABSL_GUARDED_BY(mu);
  ByteColumn space ABSL_GUARDED_BY(mu);
  std::map<std::vector<Position>, Cohort> cohorts ABSL_GUARDED_BY(mu);
  uint64_t person_count ABSL_GUARDED_BY(mu) = 0;
  uint64_t closed_count ABSL_GUARDED_BY(mu) = 0;

  // All of the answer to a request but the nearest.
  ScanResult Cover(const ScanRequest& request) const ABSL_SHARED_LOCKS_REQUIRED(mu);
};

namespace {

absl::StatusOr<PreparedReference> PrepareReference(const Modality& modality,
                                                   const Template& features) {
  PreparedReference reference{features.position, modality.Scored(features.bytes),
                              modality.Codes(features.bytes), modality.Vector(features.bytes)};
  if (reference.vector.size() != static_cast<size_t>(modality.vector_dimensions())) {
    return absl::InternalError(absl::StrCat(std::string(PositionName(features.position)),
                                            ".vector: got ", reference.vector.size(),
                                            " dimensions, want ", modality.vector_dimensions(),
                                            "; report this as an error of the modality"));
  }
  return reference;
}

// The terms of all requests to one cohort.
struct CohortTerms {
  std::vector<ScanTerm> terms;
  std::vector<std::pair<size_t, ListKey>> asked;  // the request and the list of each
};

CohortTerms TermsFor(absl::Span<const ScanRequest* const> requests, const CohortView& cohort) {
  CohortTerms all;
  for (size_t r = 0; r < requests.size(); ++r) {
    const ScanRequest& request = *requests[r];
    const size_t rows = cohort.RowsBefore(request.visibility.upto);
    if (rows == 0) continue;
    const bool excludes = request.visibility.exclude != kNoTicket &&
                          request.visibility.exclude < request.visibility.upto;
    for (const PlannedTerm& planned : PlanTerms(request.probes, cohort.positions)) {
      ScanTerm term;
      for (const PlannedTerm::Pair& pair : planned.pairs) {
        term.pairs.push_back({request.probes[pair.probe].vector, pair.column});
      }
      term.rows = rows;
      term.nearest_max = request.NearestMax(planned.list);
      // Rows end before `upto`; who they are matters only to a probe that looks for some or not
      // for one.
      term.admits = [&cohort, &visibility = request.visibility, excludes](size_t i) {
        if (HiddenAsOf(cohort.closed_at(i), visibility.as_of)) return false;
        if (visibility.only == nullptr && !excludes) return true;
        return Admits(visibility, cohort.row(i).person.ticket);
      };
      all.terms.push_back(std::move(term));
      all.asked.emplace_back(r, planned.list);
    }
  }
  return all;
}

using Lists = std::map<ListKey, std::vector<Neighbour>>;

std::vector<NearestList> Shortened(Lists lists, const ScanRequest& request) {
  std::vector<NearestList> shortened;
  for (auto& [key, neighbours] : lists) {
    if (neighbours.empty()) continue;
    shortened.push_back({key, std::move(neighbours)});
    Shorten(shortened.back().neighbours, request.NearestMax(key));
  }
  return shortened;
}

}  // namespace

ScanResult Shard::Contents::Cover(const ScanRequest& request) const {
  ScanResult result;
  for (uint32_t bucket = shard_index; bucket < kBucketCount; bucket += shard_count) {
    result.buckets.push_back(buckets[bucket].For(bucket, request.visibility));
    if (!request.list_persons) continue;
    for (const Row* row : buckets[bucket].rows()) {
      if (row->HiddenAsOf(request.visibility.as_of)) continue;
      if (Admits(request.visibility, row->person.ticket)) result.persons.push_back(&row->person);
    }
  }
  std::sort(result.persons.begin(), result.persons.end(),
            [](const Person* a, const Person* b) { return a->ticket < b->ticket; });
  return result;
}

void Shorten(std::vector<Neighbour>& neighbours, size_t nearest_max) {
  const size_t kept = std::min(neighbours.size(), nearest_max);
  std::partial_sort(neighbours.begin(), neighbours.begin() + static_cast<std::ptrdiff_t>(kept),
                    neighbours.end(), [](const Neighbour& a, const Neighbour& b) {
                      return a.product != b.product ? a.product > b.product
                                                    : a.person->ticket < b.person->ticket;
                    });
  neighbours.resize(kept);
}

Shard::Shard(uint32_t index, uint32_t shards)
    : contents_(std::make_unique<Contents>(index, shards)) {
  CHECK(index < shards && shards <= kBucketCount);
}

Shard::~Shard() = default;

absl::StatusOr<std::vector<PreparedReference>> Shard::Prepare(
    const Modalities& modalities, absl::Span<const Template> templates) {
  std::vector<PreparedReference> references;
  references.reserve(templates.size());
  for (const Template& features : templates) {
    const Modality* modality = modalities.For(features.position);
    if (modality == nullptr || modalities.IsOfAnother(features)) continue;
    // Read as if it were of the one in force, it might be alike to nobody.
    if (features.version != modality->template_version()) {
      return absl::FailedPreconditionError(absl::StrCat(
          std::string(PositionName(features.position)), ": got ", std::string(modality->name()),
          " version ", features.version, ", want ", modality->template_version(),
          " or another that this program has; start the distinctd that has it"));
    }
    const absl::Status valid = modality->Validate(features.bytes);
    if (!valid.ok()) {
      return absl::Status(valid.code(), absl::StrCat(std::string(PositionName(features.position)),
                                                     ": ", valid.message()));
    }
    ASSIGN_OR_RETURN(PreparedReference prepared, PrepareReference(*modality, features));
    references.push_back(std::move(prepared));
  }
  // One cohort for one set of positions, whatever the order they were sent in.
  std::stable_sort(references.begin(), references.end(),
                   [](const PreparedReference& a, const PreparedReference& b) {
                     return a.position < b.position;
                   });
  return references;
}

absl::Status Shard::Add(Ticket ticket,
                        const absl::StatusOr<std::vector<PreparedReference>>& prepared) {
  CHECK(contents_->Holds(BucketOf(ticket)));
  absl::MutexLock lock(&contents_->mu);
  BucketCount& bucket = contents_->buckets[BucketOf(ticket)];
  bucket.Expect(ticket);
  RETURN_IF_ERROR(prepared.status());
  std::vector<Position> positions;
  for (const PreparedReference& reference : *prepared) positions.push_back(reference.position);
  auto cohort = contents_->cohorts.find(positions);
  if (cohort == contents_->cohorts.end()) {
    cohort = contents_->cohorts.try_emplace(positions, *prepared, contents_->space).first;
  }
  bucket.Hold(cohort->second.Add(ticket, *prepared));
  ++contents_->person_count;
  return absl::OkStatus();
}

void Shard::Close(Ticket at, Ticket closed) {
  CHECK(contents_->Holds(BucketOf(closed)));
  absl::MutexLock lock(&contents_->mu);
  if (contents_->buckets[BucketOf(closed)].Close(at, closed)) ++contents_->closed_count;
}

std::vector<absl::StatusOr<ScanResult>> Shard::Scan(
    absl::Span<const ScanRequest* const> requests) const {
  std::vector<CohortView> cohorts;
  std::vector<ScanResult> results(requests.size());
  absl::Time latest = absl::InfinitePast();
  {
    absl::ReaderMutexLock lock(&contents_->mu);
    for (const auto& [positions, cohort] : contents_->cohorts) cohorts.push_back(cohort.View());
    for (size_t r = 0; r < requests.size(); ++r) {
      results[r] = contents_->Cover(*requests[r]);
      latest = std::max(latest, requests[r]->deadline);
    }
  }
  std::vector<Lists> lists(requests.size());
  for (const CohortView& cohort : cohorts) {
    const CohortTerms all = TermsFor(requests, cohort);
    auto found = ScanRows(cohort.columns, all.terms, latest);
    if (!found.ok()) {
      return std::vector<absl::StatusOr<ScanResult>>(requests.size(), found.status());
    }
    for (size_t t = 0; t < all.asked.size(); ++t) {
      const auto& [request, key] = all.asked[t];
      for (const NearRow& near : (*found)[t]) {
        lists[request][key].push_back({near.product, &cohort.row(near.row).person});
      }
    }
  }
  std::vector<absl::StatusOr<ScanResult>> answers;
  for (size_t r = 0; r < requests.size(); ++r) {
    results[r].nearest = Shortened(std::move(lists[r]), *requests[r]);
    if (absl::Now() >= requests[r]->deadline) {
      answers.emplace_back(
          absl::DeadlineExceededError("search: the deadline passed during the vector scan"));
    } else {
      answers.emplace_back(std::move(results[r]));
    }
  }
  return answers;
}

const Person* Shard::Find(Ticket ticket, Ticket as_of) const {
  absl::ReaderMutexLock lock(&contents_->mu);
  const Row* row = contents_->buckets[BucketOf(ticket)].Find(ticket);
  return row == nullptr || row->HiddenAsOf(as_of) ? nullptr : &row->person;
}

uint64_t Shard::persons() const {
  absl::ReaderMutexLock lock(&contents_->mu);
  return contents_->person_count - contents_->closed_count;
}

uint64_t Shard::bytes() const {
  absl::ReaderMutexLock lock(&contents_->mu);
  constexpr size_t kPerPerson = sizeof(Row) + sizeof(ClosedAt) + sizeof(Ticket) + sizeof(Row*);
  return contents_->space.bytes() + contents_->person_count * kPerPerson;
}

}  // namespace distinct::gallery
