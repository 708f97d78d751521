#include "engine/enrolment/recovery.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "matchers/status.h"

namespace distinct::enrolment {
namespace {

// A batch of entries: large enough that reading dominates, small enough to stop within it.
constexpr int kFollowEntriesMax = 256;
constexpr size_t kFollowBytesMax = 8u << 20;
// How long a thread sleeps at most before it looks whether it should stop.
constexpr absl::Duration kWake = absl::Milliseconds(100);
// After an entry that could not be applied.
constexpr absl::Duration kRepairPause = absl::Seconds(1);

// Design figures of the protocol: every second, what is OPEN for five.
constexpr absl::Duration kRecoverEvery = absl::Seconds(1);
constexpr absl::Duration kRecoverAfter = absl::Seconds(5);
// One round; the rest waits for the next.
constexpr int kRecoverMax = 1024;

}  // namespace

Follower::Follower(const ledger::Ledger& ledger, const Galleries& galleries)
    : ledger_(ledger), galleries_(galleries), target_(ledger.head()), thread_([this] { Run(); }) {}

Follower::~Follower() {
  stop_.Notify();
  thread_.join();
}

absl::Status Follower::status() const {
  absl::MutexLock lock(&mu_);
  return status_;
}

void Follower::Run() {
  while (!stop_.HasBeenNotified()) {
    const absl::StatusOr<int> applied = Step();
    bool changed = false;
    {
      absl::MutexLock lock(&mu_);
      changed = status_ != applied.status();
      status_ = applied.status();
    }
    if (!applied.ok()) {
      if (changed) {
        spdlog::error("gallery stopped after number {}: {}", Number(galleries_.watermark()),
                      applied.status().ToString());
      }
      stop_.WaitForNotificationWithTimeout(kRepairPause);
    } else if (*applied == 0) {
      ledger_.WaitBeyond(galleries_.watermark(), kWake);
    }
  }
}

absl::StatusOr<int> Follower::Step() {
  ASSIGN_OR_RETURN(const std::vector<ledger::Entry> entries,
                   ledger_.Follow(galleries_.watermark(), kFollowEntriesMax, kFollowBytesMax));
  RETURN_IF_ERROR(Apply(entries, galleries_));
  return static_cast<int>(entries.size());
}

Ticket Galleries::watermark() const {
  return rest == nullptr ? in_force.watermark() : std::min(in_force.watermark(), rest->watermark());
}

namespace {

// Those after the gallery's watermark. `holds` says whose templates are kept.
template <typename Holds>
absl::Status ApplyTo(absl::Span<const ledger::Entry> entries, gallery::Gallery& gallery,
                     Holds&& holds) {
  std::vector<gallery::NumberedReferences> enrolments;
  const auto add = [&] { return gallery.AddInOrder(std::exchange(enrolments, {})); };
  const Ticket applied = gallery.watermark();
  for (const ledger::Entry& entry : entries) {
    if (entry.ticket <= applied) continue;
    const bool hides =
        entry.kind == ledger::EntryKind::kErase || entry.kind == ledger::EntryKind::kDrop;
    if (!hides) {
      enrolments.push_back({entry.ticket, {}});
      if (holds(entry.ticket)) enrolments.back().templates = entry.templates;
      continue;
    }
    RETURN_IF_ERROR(add());
    RETURN_IF_ERROR(gallery.Erase(entry.ticket, entry.closed));
  }
  return add();
}

}  // namespace

absl::Status Apply(absl::Span<const ledger::Entry> entries, const Galleries& galleries) {
  const auto stays = [&](Ticket ticket) {
    return std::binary_search(galleries.staying.begin(), galleries.staying.end(), ticket);
  };
  RETURN_IF_ERROR(
      ApplyTo(entries, galleries.in_force, [&](Ticket ticket) { return !stays(ticket); }));
  if (galleries.rest == nullptr) return absl::OkStatus();
  return ApplyTo(entries, *galleries.rest, stays);
}

Recoverer::Recoverer(const ledger::Ledger& ledger, Clock clock, Callbacks callbacks)
    : ledger_(ledger),
      clock_(std::move(clock)),
      callbacks_(std::move(callbacks)),
      head_at_start_(ledger.head()),
      thread_([this] { Run(); }) {}

Recoverer::~Recoverer() {
  stop_.Notify();
  thread_.join();
}

void Recoverer::Run() {
  do {
    if (callbacks_.ready()) Round();
  } while (!stop_.WaitForNotificationWithTimeout(kRecoverEvery));
}

void Recoverer::Round() {
  const absl::StatusOr<std::vector<Ticket>> open = ledger_.OpenTickets(kRecoverMax);
  if (!open.ok()) {
    spdlog::error("recovery cannot read the ledger: {}", open.status().ToString());
    return;
  }
  std::map<Ticket, absl::Time> since;
  for (const Ticket ticket : *open) {
    const auto seen = open_since_.find(ticket);
    since[ticket] = seen == open_since_.end() ? clock_() : seen->second;
  }
  open_since_ = std::move(since);
  for (const auto& [ticket, first_seen] : open_since_) {
    if (stop_.HasBeenNotified()) return;
    const bool abandoned = ticket <= head_at_start_ || clock_() - first_seen >= kRecoverAfter;
    if (!abandoned || callbacks_.driven(ticket)) continue;
    const absl::Status driven = callbacks_.drive(ticket);
    if (!driven.ok()) {
      spdlog::warn("number {} stays open: {}", Number(ticket), driven.ToString());
    }
  }
}

}  // namespace distinct::enrolment
