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

std::string Describe(const ledger::PolicyRecord& record) {
  return absl::StrCat("policy ", static_cast<uint32_t>(record.policy.version), " with number ",
                      Number(record.number), ": ", record.policy.duplicate.value, ", ",
                      record.policy.review.value);
}

std::string Witness::TellPolicy(const Policy& wanted, const ledger::PolicyRecord& told) {
  if (wanted.duplicate != told.policy.duplicate || wanted.review != told.policy.review) {
    return "I7: told another than was set: " + Describe(told);
  }
  const auto version = static_cast<size_t>(told.policy.version);
  if (version > policies_.size() + 1) return "I7: a version is missing before " + Describe(told);
  if (version == policies_.size() + 1) policies_.push_back(told);
  const ledger::PolicyRecord& known = policies_[version - 1];
  if (known.policy == told.policy && known.number == told.number) return "";
  return absl::StrCat("I7: ", Describe(known), ", now ", Describe(told));
}

std::string Witness::SeePolicies(const std::vector<ledger::PolicyRecord>& policies) {
  if (policies.size() < policies_.size()) return "I7: lost: " + Describe(policies_.back());
  for (const ledger::PolicyRecord& record : policies) {
    if (std::string broken = TellPolicy(record.policy, record); !broken.empty()) return broken;
  }
  return "";
}

const Policy& Witness::PolicyOf(Ticket ticket) const {
  const auto later =
      std::find_if(policies_.begin(), policies_.end(),
                   [&](const ledger::PolicyRecord& record) { return record.number > ticket; });
  return (later - 1)->policy;
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
  if (std::string broken = SeePolicies(*ledger.policies()); !broken.empty()) return broken;
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
    const Policy& policy = PolicyOf(state.ticket);
    const bool hard = std::any_of(
        state.decision.candidates.begin(), state.decision.candidates.end(),
        [&](const ledger::CandidateRecord& one) { return one.llr >= policy.duplicate; });
    if (state.decision.kind == DecisionKind::kDuplicate && !hard) {
      return "I7: without a hard candidate: " + Describe(state);
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
      const Band band = BandOf(state.id.value, earlier.id.value, policy);
      if (!counts || band == Band::kNone) continue;
      const Policy& today = policies_.back().policy;
      if (today != policy && BandOf(state.id.value, earlier.id.value, today) == Band::kNone) {
        return absl::StrCat("I7: UNIQUE by the policy of today: ", Describe(state), ", alike ",
                            Describe(earlier));
      }
      return absl::StrCat(IsPerson(earlier) ? "I1: " : "I1c: ", Describe(state), ", alike ",
                          Describe(earlier));
    }
  }
  return "";
}

std::string Witness::ReadWhole(const ledger::Ledger& ledger) const {
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
    const auto read = ledger.Read(state.ticket);
    if (!read.ok()) return Unreadable(read.status());
    if (read->policy != PolicyOf(state.ticket).version) {
      return absl::StrCat("I7: has policy ", static_cast<uint32_t>(read->policy), ": ",
                          Describe(state));
    }
  }
  return "";
}

Band Witness::BandOf(const std::string& probe, const std::string& reference,
                     const Policy& policy) const {
  return Captures::Get().BandOf(captures_.at(probe), captures_.at(reference), policy);
}

}  // namespace distinct::simulation
