#include "tests/simulation/witness.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/simulation/captures.h"

namespace distinct::simulation {
namespace {

using ledger::DecisionKind;
using ledger::State;
using search::Band;

constexpr int kAll = 1000;
constexpr size_t kAllBytes = size_t{1} << 24;

// Nobody is merged here.
bool IsPerson(const State& state) {
  return state.decision.kind == DecisionKind::kUnique && state.closed_at == kNoTicket;
}

// Withdrawn before it was decided.
bool WasDecided(const State& state) {
  return state.decision.kind != DecisionKind::kOpen &&
         state.decision.kind != DecisionKind::kWithdrawn;
}

std::string Unreadable(const absl::Status& status) {
  return absl::StrCat("I3: cannot be read: ", status.ToString());
}

}  // namespace

std::string Describe(const State& state) {
  static constexpr const char* kNames[] = {"OPEN",    "UNIQUE",    "DUPLICATE", "REVIEW",
                                           "REFUSED", "WITHDRAWN", "ACCEPTED"};
  std::string text = absl::StrCat(Number(state.ticket), " (", state.id.value, ") ",
                                  kNames[static_cast<size_t>(state.decision.kind)]);
  if (state.decision.original != kNoTicket) {
    absl::StrAppend(&text, " of ", Number(state.decision.original));
  }
  for (const ledger::Finding& finding : state.decision.findings) {
    absl::StrAppend(&text, " ", finding.code);
  }
  if (state.closed_at != kNoTicket) absl::StrAppend(&text, " erased by ", Number(state.closed_at));
  return text;
}

std::string Witness::Tell(const State& state) {
  const Ticket number = numbers_.try_emplace(state.id.value, state.ticket).first->second;
  if (number != state.ticket) {
    return absl::StrCat("I3: ", state.id.value, " was told number ", Number(number), ", now ",
                        Number(state.ticket));
  }
  return See(state);
}

std::string Witness::TellErased(const std::string& id, const ledger::EraseResult& result) {
  const auto number = numbers_.find(id);
  if (number == numbers_.end()) return "";  // erased before its own caller heard of it
  State& state = seen_[number->second];
  if (state.closed_at != kNoTicket && state.closed_at != result.number) {
    return absl::StrCat("I6: ", Describe(state), ", now told erased by ", Number(result.number));
  }
  state.closed_at = result.number;
  return "";
}

std::string Witness::See(const State& state) {
  const auto [found, fresh] = seen_.try_emplace(state.ticket, state);
  if (fresh) return "";
  State& before = found->second;
  const std::string change = absl::StrCat(Describe(before), ", now ", Describe(state));
  if (before.id != state.id) return "I3: " + change;
  if (before.closed_at != kNoTicket && before.closed_at != state.closed_at) return "I6: " + change;

  const DecisionKind was = before.decision.kind, is = state.decision.kind;
  const bool withdrawn = is == DecisionKind::kWithdrawn && state.closed_at != kNoTicket;
  if (was != is) {
    // Here no examiner decides what is in REVIEW.
    const bool may = was == DecisionKind::kOpen || (was == DecisionKind::kReview && withdrawn);
    if (!may) return absl::StrCat(is == DecisionKind::kOpen ? "I3: " : "I2: ", change);
  } else if (was != DecisionKind::kOpen &&
             (before.decision.original != state.decision.original ||
              before.decision.decided_at != state.decision.decided_at)) {
    return "I2: " + change + ", decided anew";
  }
  before = state;
  return "";
}

std::string Witness::Read(const ledger::Ledger& ledger) {
  const Ticket head = ledger.head();
  if (head < head_) {
    return absl::StrCat("I3: the head was ", Number(head_), ", now ", Number(head));
  }
  head_ = head;
  const auto states = ledger.List(kNoTicket, kAll);
  if (!states.ok()) return Unreadable(states.status());
  std::set<Ticket> present;
  for (const State& state : *states) {
    present.insert(state.ticket);
    const auto number = numbers_.find(state.id.value);
    if (number != numbers_.end() && number->second != state.ticket) {
      return absl::StrCat("I3: two numbers for one id: ", Number(number->second), " and ",
                          Describe(state));
    }
    if (std::string broken = See(state); !broken.empty()) return broken;
  }
  for (const auto& [ticket, state] : seen_) {
    if (!present.contains(ticket)) return "I3: lost: " + Describe(state);
  }
  return CheckPeople(*states);
}

std::string Witness::CheckPeople(const std::vector<State>& states) const {
  std::map<Ticket, const State*> by_number;
  for (const State& state : states) by_number[state.ticket] = &state;
  for (const State& state : states) {
    for (const ledger::CandidateRecord& candidate : state.decision.candidates) {
      const Ticket closed_at = by_number.at(candidate.ticket)->closed_at;
      if (closed_at != kNoTicket && closed_at < state.ticket) {
        return absl::StrCat("I6: ", Describe(state), " found the erased ",
                            Describe(*by_number.at(candidate.ticket)));
      }
    }
    if (state.decision.searched_count != state.decision.gallery_count) {
      return "coverage: decided on a part of the gallery: " + Describe(state);
    }
    if (state.closed_at != kNoTicket) continue;
    if (state.decision.kind == DecisionKind::kDuplicate &&
        !IsPerson(*by_number.at(state.decision.original))) {
      return absl::StrCat("I5: ", Describe(state), ", which is ",
                          Describe(*by_number.at(state.decision.original)));
    }
    if (state.decision.kind != DecisionKind::kUnique) continue;
    for (const State& earlier : states) {
      if (earlier.ticket >= state.ticket) break;
      const bool counts =
          earlier.closed_at == kNoTicket && earlier.decision.kind != DecisionKind::kRefused;
      if (!counts || BandOf(state, earlier) == Band::kNone) continue;
      return absl::StrCat(IsPerson(earlier) ? "I1: " : "I1c: ", Describe(state), ", alike ",
                          Describe(earlier));
    }
  }
  return "";
}

std::string Witness::ReadWhole(const ledger::Ledger& ledger) {
  const auto entries = ledger.Follow(kNoTicket, kAll, kAllBytes);
  if (!entries.ok()) return Unreadable(entries.status());
  uint64_t number = 0;
  for (const ledger::Entry& entry : *entries) {
    if (Number(entry.ticket) != ++number) return absl::StrCat("numbers: ", number, " is missing");
  }
  if (number != Number(ledger.head())) return absl::StrCat("numbers: end at ", number);

  const auto events = ledger.Feed(FeedSequence{0}, kAll);
  const auto states = ledger.List(kNoTicket, kAll);
  if (!events.ok()) return Unreadable(events.status());
  if (!states.ok()) return Unreadable(states.status());
  std::multiset<Ticket> decided, erased;
  uint64_t sequence = 0;
  for (const ledger::FeedEvent& event : *events) {
    if (static_cast<uint64_t>(event.sequence) != ++sequence) {
      return absl::StrCat("feed: ", sequence, " is missing");
    }
    const bool decides = event.kind == ledger::EventKind::kDecided;
    (decides ? decided : erased).insert(event.state.ticket);  // or withdrawn
  }
  for (const State& state : *states) {
    const bool told = decided.count(state.ticket) == 1 ||
                      (!WasDecided(state) && decided.count(state.ticket) == 0);
    const bool told_erased = erased.count(state.ticket) == (state.closed_at == kNoTicket ? 0U : 1U);
    if (!told || !told_erased) return "feed: not told once: " + Describe(state);
  }
  return "";
}

Band Witness::BandOf(const State& later, const State& earlier) const {
  return Captures::Get().BandOf(captures_.at(later.id.value), captures_.at(earlier.id.value));
}

}  // namespace distinct::simulation
