#include "engine/enrolment/protocol.h"

#include <algorithm>
#include <set>
#include <utility>

namespace distinct::enrolment {

using ledger::DecisionKind;
using ledger::FindingAction;
using ledger::Verdict;
using search::Band;

Effect Protocol::OnSearched(absl::Span<const Match> matches) {
  matches_.clear();
  for (const Match& match : matches) {
    if (match.ticket < question_.ticket) matches_.push_back(match);
  }
  std::sort(matches_.begin(), matches_.end());
  return ReadMatches();
}

Effect Protocol::OnStatesRead(absl::Span<const MatchState> states) {
  for (const MatchState& state : states) states_[state.ticket] = state;

  std::set<Ticket> unread;
  for (const Match& match : matches_) {
    const MatchState& state = states_.at(match.ticket);
    if (state.verdict == Verdict::kDifferent) continue;
    // The matches are sorted, so this is the smallest. Driving it, not waiting for it: after a
    // crash nobody else might.
    if (state.kind == DecisionKind::kOpen) return DriveEffect{match.ticket};
    AddUnread(match.ticket, unread);
  }
  for (const Ticket other : question_.others) AddUnread(other, unread);
  for (const Ticket same : question_.same) AddUnread(same, unread);
  if (!unread.empty()) return ReadStatesEffect{{unread.begin(), unread.end()}};
  return Resolve();
}

Effect Protocol::OnDriven() { return ReadMatches(); }

Effect Protocol::OnDecided(DecideOutcome outcome) {
  if (outcome == DecideOutcome::kOriginalGone) return ReadMatches();
  return AnswerEffect{};
}

Effect Protocol::ReadMatches() {
  states_.clear();
  std::set<Ticket> tickets(question_.others.begin(), question_.others.end());
  tickets.insert(question_.same.begin(), question_.same.end());
  for (const Match& match : matches_) tickets.insert(match.ticket);
  if (question_.subject != kNoTicket) tickets.insert(question_.subject);
  if (tickets.empty()) return Resolve();
  return ReadStatesEffect{{tickets.begin(), tickets.end()}};
}

void Protocol::AddUnread(Ticket ticket, std::set<Ticket>& unread) const {
  for (Ticket at = ticket; at != kNoTicket;) {
    const auto found = states_.find(at);
    if (found == states_.end()) {
      unread.insert(at);
      return;
    }
    at = found->second.counts_for;
  }
}

std::set<Ticket> Protocol::Others() const {
  std::set<Ticket> others(question_.others.begin(), question_.others.end());
  for (const Ticket other : question_.others) {
    // A DUPLICATE may be a wrong one, and what was erased by itself a wrong merge: of whom it is
    // says nothing here.
    const MatchState& state = states_.at(other);
    if (state.kind == DecisionKind::kUnique && !state.closed) others.insert(LiveRoot(other));
  }
  // What a merge made of a word on one person outweighs no word on the other.
  for (const Ticket same : question_.same) {
    const Ticket person = LiveRoot(same);
    const bool named = std::find(question_.others.begin(), question_.others.end(), person) !=
                       question_.others.end();
    if (!named) others.erase(person);
  }
  others.erase(kNoTicket);
  return others;
}

Effect Protocol::Resolve() const {
  const std::set<Ticket> others = Others();
  std::set<Ticket> originals;
  FindingAction asked = question_.examined ? FindingAction::kNote : question_.asks;
  Band subject = Band::kNone;
  for (const Match& match : matches_) {
    const MatchState& state = states_.at(match.ticket);
    if (state.verdict == Verdict::kDifferent) continue;
    const Band band = state.verdict == Verdict::kSame ? Band::kHard : match.band;
    // A record erased by itself does not count: that is how a wrong DUPLICATE is taken back.
    const bool undecided = state.kind == DecisionKind::kReview && !state.closed;
    const Ticket root = state.closed || undecided ? kNoTicket : LiveRoot(match.ticket);
    if (root == kNoTicket && !undecided) continue;
    const bool other =
        (others.contains(match.ticket) || others.contains(root)) && state.verdict != Verdict::kSame;
    // Of whom it is not a finding never refuses: an examiner who was asked before is asked again.
    const FindingAction most = other ? FindingAction::kReview : FindingAction::kRefuse;
    if (!question_.examined) asked = std::max(asked, std::min(match.asks, most));
    if (band == Band::kNone || other) continue;
    if (undecided) {
      asked = std::max(asked, FindingAction::kReview);
    } else if (root == question_.subject) {
      subject = std::max(subject, band);
    } else if (band == Band::kHard) {
      originals.insert(root);
    } else {
      asked = std::max(asked, FindingAction::kReview);
    }
  }
  std::vector<Ticket> rising(originals.begin(), originals.end());
  if (asked == FindingAction::kRefuse) {
    return DecideEffect{DecisionKind::kRefused, std::move(rising)};
  }
  if (question_.subject != kNoTicket) return ResolveUpdate(std::move(rising), asked, subject);
  if (!rising.empty()) return DecideEffect{DecisionKind::kDuplicate, std::move(rising)};
  const bool review = asked == FindingAction::kReview;
  return DecideEffect{review ? DecisionKind::kReview : DecisionKind::kUnique, {}};
}

// Alike to no one but the subject: ACCEPTED. Also to others: never by a machine. Not to the
// subject: as the policy says.
Effect Protocol::ResolveUpdate(std::vector<Ticket> originals, FindingAction asked,
                               Band subject) const {
  if (LiveRoot(question_.subject) != question_.subject) {
    return DecideEffect{DecisionKind::kRefused, std::move(originals)};
  }
  const bool others = !originals.empty() || asked == FindingAction::kReview;
  DecisionKind kind = DecisionKind::kAccepted;
  if (others || subject == Band::kGrey || (subject == Band::kNone && question_.review_strangers)) {
    kind = DecisionKind::kReview;
  } else if (subject == Band::kNone) {
    kind = DecisionKind::kRefused;
  }
  return DecideEffect{kind, std::move(originals)};
}

Ticket Protocol::LiveRoot(Ticket ticket) const {
  const MatchState* state = &states_.at(ticket);
  while (state->counts_for != kNoTicket) state = &states_.at(state->counts_for);
  const bool live = state->kind == DecisionKind::kUnique && !state->closed;
  return live ? state->ticket : kNoTicket;
}

}  // namespace distinct::enrolment
