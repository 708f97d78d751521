#include "engine/gallery/coverage.h"

#include <algorithm>

namespace distinct::gallery {
namespace {

Ticket TicketOf(Ticket ticket) { return ticket; }
Ticket TicketOf(const Row* row) { return row->person.ticket; }

// Of what lies by rising ticket: how many the visibility admits, closed or not.
template <typename Entry>
uint64_t CountAdmitted(const std::vector<Entry>& entries, const Visibility& visibility) {
  const auto before = [](const Entry& entry, Ticket ticket) { return TicketOf(entry) < ticket; };
  const auto holds = [&](Ticket ticket) {
    const auto at = std::lower_bound(entries.begin(), entries.end(), ticket, before);
    return at != entries.end() && TicketOf(*at) == ticket;
  };
  if (visibility.only != nullptr) {
    return static_cast<uint64_t>(
        std::count_if(entries.begin(), entries.end(),
                      [&](const Entry& entry) { return Admits(visibility, TicketOf(entry)); }));
  }
  const auto end = std::lower_bound(entries.begin(), entries.end(), visibility.upto, before);
  const bool excludes = visibility.exclude < visibility.upto && holds(visibility.exclude);
  return static_cast<uint64_t>(end - entries.begin()) - (excludes ? 1 : 0);
}

}  // namespace

bool Admits(const Visibility& visibility, Ticket ticket) {
  return ticket < visibility.upto && ticket != visibility.exclude &&
         (visibility.only == nullptr ||
          std::binary_search(visibility.only->begin(), visibility.only->end(), ticket));
}

void BucketCount::Expect(Ticket ticket) {
  if (expected_.empty() || expected_.back() != ticket) expected_.push_back(ticket);
}

bool BucketCount::Close(Ticket at, Ticket ticket) {
  Row* row = Find(ticket);
  if (row == nullptr || row->closed_at->load(std::memory_order_relaxed) != 0) return false;
  row->closed_at->store(Number(at), std::memory_order_relaxed);
  closed_.emplace_back(ticket, at);
  return true;
}

Row* BucketCount::Find(Ticket ticket) const {
  const auto at =
      std::lower_bound(rows_.begin(), rows_.end(), ticket,
                       [](const Row* row, Ticket wanted) { return row->person.ticket < wanted; });
  return at != rows_.end() && (*at)->person.ticket == ticket ? *at : nullptr;
}

BucketCoverage BucketCount::For(uint32_t bucket, const Visibility& visibility) const {
  BucketCoverage coverage{bucket, CountAdmitted(expected_, visibility),
                          CountAdmitted(rows_, visibility)};
  for (const auto& [ticket, at] : closed_) {
    if (!Admits(visibility, ticket) || at >= visibility.as_of) continue;
    --coverage.expected;
    const Row* row = Find(ticket);
    if (row != nullptr && row->HiddenAsOf(visibility.as_of)) --coverage.searched;
  }
  return coverage;
}

}  // namespace distinct::gallery
