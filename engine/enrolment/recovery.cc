#include "engine/enrolment/recovery.h"

#include <spdlog/spdlog.h>

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

Follower::Follower(const ledger::Ledger& ledger, gallery::Gallery& gallery)
    : ledger_(ledger), gallery_(gallery), target_(ledger.head()), thread_([this] { Run(); }) {}

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
        spdlog::error("gallery stopped after number {}: {}", Number(gallery_.watermark()),
                      applied.status().ToString());
      }
      stop_.WaitForNotificationWithTimeout(kRepairPause);
    } else if (*applied == 0) {
      ledger_.WaitBeyond(gallery_.watermark(), kWake);
    }
  }
}

absl::StatusOr<int> Follower::Step() {
  ASSIGN_OR_RETURN(const std::vector<ledger::Entry> entries,
                   ledger_.Follow(gallery_.watermark(), kFollowEntriesMax, kFollowBytesMax));
  RETURN_IF_ERROR(Apply(entries, gallery_));
  return static_cast<int>(entries.size());
}

absl::Status Apply(absl::Span<const ledger::Entry> entries, gallery::Gallery& gallery) {
  std::vector<gallery::NumberedReferences> enrolments;
  const auto add = [&] { return gallery.AddInOrder(std::exchange(enrolments, {})); };
  for (const ledger::Entry& entry : entries) {
    const bool hides =
        entry.kind == ledger::EntryKind::kErase || entry.kind == ledger::EntryKind::kDrop;
    if (!hides) {
      enrolments.push_back({entry.ticket, entry.templates});
      continue;
    }
    RETURN_IF_ERROR(add());
    RETURN_IF_ERROR(gallery.Erase(entry.ticket, entry.closed));
  }
  return add();
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
