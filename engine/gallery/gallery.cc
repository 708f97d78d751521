#include "engine/gallery/gallery.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::gallery {
namespace {

constexpr int kShardsMax = 64;

Ticket Next(Ticket ticket) { return Ticket{Number(ticket) + 1}; }

absl::StatusOr<ScanResult> Merge(std::vector<absl::StatusOr<ScanResult>> shards,
                                 const ScanRequest& request) {
  ScanResult merged;
  std::map<ListKey, std::vector<Neighbour>> lists;
  for (absl::StatusOr<ScanResult>& shard : shards) {
    RETURN_IF_ERROR(shard.status());
    for (const NearestList& list : shard->nearest) {
      std::vector<Neighbour>& all = lists[list.key];
      all.insert(all.end(), list.neighbours.begin(), list.neighbours.end());
    }
    merged.persons.insert(merged.persons.end(), shard->persons.begin(), shard->persons.end());
    merged.buckets.insert(merged.buckets.end(), shard->buckets.begin(), shard->buckets.end());
  }
  for (auto& [key, neighbours] : lists) {
    Shorten(neighbours, request.NearestMax(key));
    merged.nearest.push_back({key, std::move(neighbours)});
  }
  std::sort(merged.persons.begin(), merged.persons.end(),
            [](const Person* a, const Person* b) { return a->ticket < b->ticket; });
  return merged;
}

}  // namespace

Gallery::Gallery(const Modalities& modalities, std::vector<std::unique_ptr<Shard>> shards)
    : modalities_(modalities),
      shards_(std::move(shards)),
      scans_(
          [this](absl::Span<const ScanRequest* const> requests) { return ScanShards(requests); }) {}

absl::StatusOr<std::unique_ptr<Gallery>> Gallery::Create(const Modalities& modalities,
                                                         const GalleryOptions& options) {
  if (options.shards < 1 || options.shards > kShardsMax) {
    return absl::InvalidArgumentError(absl::StrCat("shards: got ", options.shards, ", want 1 to ",
                                                   kShardsMax, "; one for each core is enough"));
  }
  std::vector<std::unique_ptr<Shard>> shards;
  const auto count = static_cast<uint32_t>(options.shards);
  for (uint32_t i = 0; i < count; ++i) {
    shards.push_back(std::make_unique<Shard>(i, count));
  }
  return std::unique_ptr<Gallery>(new Gallery(modalities, std::move(shards)));
}

// The shards are changed before the watermark moves, so whoever sees the watermark sees them.
void Gallery::Publish(Ticket n) {
  absl::MutexLock lock(&mu_);
  watermark_ = n;
}

absl::Status Gallery::Add(Ticket n, absl::Span<const Template> templates) {
  const NumberedReferences entry{n, templates};
  return AddInOrder({&entry, 1});
}

absl::Status Gallery::AddInOrder(absl::Span<const NumberedReferences> entries) {
  if (entries.empty()) return absl::OkStatus();
  std::vector<PreparedEntry> prepared(entries.size());
  const auto prepare = [&](size_t i) {
    prepared[i] = Shard::Prepare(modalities_, entries[i].templates);
  };
  if (entries.size() == 1) {
    prepare(0);
  } else {
    tbb::parallel_for(size_t{0}, entries.size(), prepare);
  }
  const size_t good = GoodEntries(entries, prepared);
  const auto add = [&](size_t shard) {
    for (size_t i = 0; i < good; ++i) {
      if (entries[i].templates.empty() || ShardIndexOf(entries[i].ticket) != shard) continue;
      CHECK(shards_[shard]->Add(entries[i].ticket, prepared[i]).ok());
    }
  };
  if (entries.size() == 1) {
    add(ShardIndexOf(entries[0].ticket));
  } else {
    tbb::parallel_for(size_t{0}, shards_.size(), add);
  }
  if (good > 0) Publish(entries[good - 1].ticket);
  return good == entries.size() ? absl::OkStatus() : Refuse(entries[good], prepared[good]);
}

// How many can be added before one that cannot.
size_t Gallery::GoodEntries(absl::Span<const NumberedReferences> entries,
                            absl::Span<const PreparedEntry> prepared) const {
  Ticket last = watermark();
  size_t good = 0;
  while (good < entries.size() && entries[good].ticket == Next(last) && prepared[good].ok()) {
    last = entries[good++].ticket;
  }
  return good;
}

// Except of what no modality reads, its shard is told that it lacks the entry.
absl::Status Gallery::Refuse(const NumberedReferences& entry, const PreparedEntry& prepared) {
  const Ticket next = Next(watermark());
  if (entry.ticket != next) {
    return absl::FailedPreconditionError(absl::StrCat("ticket: got ", Number(entry.ticket),
                                                      ", want ", Number(next),
                                                      "; follow the ledger without gaps"));
  }
  if (absl::IsInvalidArgument(prepared.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat("ticket ", Number(entry.ticket), ", ", prepared.status().message()));
  }
  return ShardOf(entry.ticket).Add(entry.ticket, prepared);
}

absl::Status Gallery::Erase(Ticket at, absl::Span<const Ticket> closed) {
  if (at != Next(watermark())) {
    return absl::FailedPreconditionError(absl::StrCat("ticket: got ", Number(at), ", want ",
                                                      Number(watermark()) + 1,
                                                      "; follow the ledger without gaps"));
  }
  for (const Ticket ticket : closed) ShardOf(ticket).Close(at, ticket);
  Publish(at);
  return absl::OkStatus();
}

Ticket Gallery::watermark() const {
  absl::MutexLock lock(&mu_);
  return watermark_;
}

absl::Status Gallery::WaitForWatermark(Ticket n, absl::Time deadline) const {
  absl::MutexLock lock(&mu_);
  const auto reached = [this, n]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return watermark_ >= n; };
  if (mu_.AwaitWithDeadline(absl::Condition(&reached), deadline)) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat("watermark: got ", Number(watermark_), ", want ",
                                                  Number(n), "; the gallery follows, call again"));
}

absl::StatusOr<ScanResult> Gallery::Scan(const ScanRequest& request) const {
  return scans_.Scan(request);
}

std::vector<absl::StatusOr<ScanResult>> Gallery::ScanShards(
    absl::Span<const ScanRequest* const> requests) const {
  std::vector<std::vector<absl::StatusOr<ScanResult>>> shards(shards_.size());
  // Isolated: while it waits for its tasks this thread must not take up another search, which
  // would queue behind this one for ever.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(size_t{0}, shards.size(),
                      [&](size_t i) { shards[i] = shards_[i]->Scan(requests); });
  });
  std::vector<absl::StatusOr<ScanResult>> merged(requests.size());
  for (size_t r = 0; r < requests.size(); ++r) {
    std::vector<absl::StatusOr<ScanResult>> parts;
    for (auto& shard : shards) parts.push_back(std::move(shard[r]));
    merged[r] = Merge(std::move(parts), *requests[r]);
  }
  return merged;
}

std::vector<Ticket> Gallery::Tickets(const Visibility& visibility) const {
  ScanRequest request;
  request.visibility = visibility;
  request.list_persons = true;
  std::vector<Ticket> tickets;
  const ScanRequest* const one = &request;
  const absl::StatusOr<ScanResult> scan = std::move(ScanShards({&one, 1}).front());
  CHECK(scan.ok());  // without vectors and deadline nothing can fail
  for (const Person* person : scan->persons) tickets.push_back(person->ticket);
  return tickets;
}

std::vector<Template> Gallery::TemplatesOf(Ticket ticket, Ticket as_of) const {
  std::vector<Template> templates;
  const Person* person = ShardOf(ticket).Find(ticket, as_of);
  if (person == nullptr) return templates;
  for (const StoredTemplate& stored : person->templates) {
    Template features;
    features.position = stored.position;
    features.version = modalities_.For(stored.position)->template_version();
    features.bytes = stored.bytes();
    templates.push_back(std::move(features));
  }
  return templates;
}

uint64_t Gallery::persons() const {
  uint64_t persons = 0;
  for (const auto& shard : shards_) persons += shard->persons();
  return persons;
}

uint64_t Gallery::bytes() const {
  uint64_t bytes = 0;
  for (const auto& shard : shards_) bytes += shard->bytes();
  return bytes;
}

}  // namespace distinct::gallery
