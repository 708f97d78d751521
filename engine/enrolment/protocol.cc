#include "engine/enrolment/protocol.h"

#include <algorithm>
#include <set>
#include <utility>

#include "matchers/check.h"

namespace distinct::enrolment {

using ledger::DecisionKind;
using search::Band;

Effect Protocol::OnSearched(absl::Span<const Match> matches) {
  matches_.clear();
  for (const Match& match : matches) {
    CHECK(match.band != Band::kNone);
    if (match.ticket < n_) matches_.push_back(match);
  }
  std::sort(matches_.begin(), matches_.end());
  return ReadMatches();
}

Effect Protocol::OnStatesRead(absl::Span<const MatchState> states) {
  for (const MatchState& state : states) states_[state.ticket] = state;

  std::set<Ticket> originals;
  for (const Match& match : matches_) {
    const auto found = states_.find(match.ticket);
    CHECK(found != states_.end());
    const MatchState& state = found->second;
    // The matches are sorted, so this is the smallest. Driving it, not waiting for it: after a
    // crash nobody else might.
    if (state.kind == DecisionKind::kOpen) return DriveEffect{match.ticket};
    if (state.kind == DecisionKind::kDuplicate && !states_.contains(state.original)) {
      originals.insert(state.original);
    }
  }
  if (!originals.empty()) return ReadStatesEffect{{originals.begin(), originals.end()}};
  return Resolve();
}

Effect Protocol::OnDriven() { return ReadMatches(); }

Effect Protocol::OnDecided(DecideOutcome outcome) {
  if (outcome == DecideOutcome::kOriginalGone) return ReadMatches();
  return AnswerEffect{};
}

Effect Protocol::ReadMatches() {
  states_.clear();
  if (matches_.empty()) return Resolve();
  ReadStatesEffect read;
  for (const Match& match : matches_) read.tickets.push_back(match.ticket);
  return read;
}

Effect Protocol::Resolve() const {
  std::set<Ticket> originals;
  bool review = review_forced_;
  for (const Match& match : matches_) {
    const MatchState& state = states_.at(match.ticket);
    if (state.kind == DecisionKind::kReview && !state.closed) {
      review = true;
      continue;
    }
    const Ticket root = LiveRoot(state);
    if (root == kNoTicket) continue;
    if (match.band == Band::kHard) {
      originals.insert(root);
    } else {
      review = true;
    }
  }
  if (!originals.empty()) {
    return DecideEffect{DecisionKind::kDuplicate, {originals.begin(), originals.end()}};
  }
  return DecideEffect{review ? DecisionKind::kReview : DecisionKind::kUnique, {}};
}

Ticket Protocol::LiveRoot(const MatchState& match) const {
  // A record erased by itself does not count either: that is how a wrong DUPLICATE is taken back.
  if (match.closed) return kNoTicket;
  if (match.kind == DecisionKind::kUnique) return match.ticket;
  if (match.kind != DecisionKind::kDuplicate) return kNoTicket;
  const MatchState& original = states_.at(match.original);
  const bool live = original.kind == DecisionKind::kUnique && !original.closed;
  return live ? original.ticket : kNoTicket;
}

}  // namespace distinct::enrolment
