#include "engine/ledger/record.h"

namespace distinct::ledger {

PolicyRecord FirstPolicy() {
  PolicyRecord first;
  first.policy = kFirstPolicy;
  first.set_at = absl::UnixEpoch();
  return first;
}

Ticket CountsFor(const State& state) {
  switch (state.decision.kind) {
    case DecisionKind::kDuplicate:
      return state.decision.original;
    case DecisionKind::kAccepted:
      return state.subject;
    case DecisionKind::kUnique:
      return state.parent;
    default:
      return kNoTicket;
  }
}

bool IsLive(const State& state) {
  return state.decision.kind == DecisionKind::kUnique && state.parent == kNoTicket &&
         state.closed_at == kNoTicket;
}

}  // namespace distinct::ledger
