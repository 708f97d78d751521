#include "tests/simulation/breach.h"

#include <optional>
#include <string>
#include <utility>

#include "engine/ledger/changes.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/ledger.h"
#include "engine/ledger/rows.h"
#include "engine/ledger/store.h"
#include "engine/search/cascade.h"
#include "matchers/check.h"

// The linker sends the engine's calls of NAME to __wrap_NAME and ours of __real_NAME to it. A
// signature that changes there ends in an undefined __real_NAME here; CMakeLists.txt has the list.
#define REAL(name) asm("__real__Z" name)
#define WRAP(name) asm("__wrap__Z" name)
#define LEDGER "N8distinct6ledger"
#define APPEND \
  LEDGER       \
  "15AppendEnrolmentERKNS0_6ChangeERKNS0_9EnrolmentERKSt8optionalINS0_8DecisionEE"
#define DECIDE LEDGER "15DecideEnrolmentERKNS0_6ChangeERKNS0_8DecideOpE"
#define ERASE LEDGER "14EraseEnrolmentERKNS0_6ChangeERKNS_11EnrolmentIdERKNS0_11AuditRecordE"
#define COMMIT LEDGER "5Store6CommitERNS0_11TransactionE"
#define POLICY_OF "NK8distinct6ledger6Ledger8PolicyOfENS_13PolicyVersionE"
#define SEARCH \
  "NK8distinct6search7Cascade6SearchEN4absl7debian34SpanIKNS_8TemplateEEERKNS0_13SearchOptionsE"

namespace distinct {
namespace {

using ledger::Change;
using ledger::Family;
using ledger::State;
using simulation::Breach;

Breach breach = Breach::kNone;                                 // written between simulations only
std::optional<std::pair<Ticket, std::string>> templates_left;  // of the append under way

std::string Key(Ticket ticket) { return ledger::Key64(Number(ticket)); }

void Put(const Change& change, const State& state) {
  change.transaction.Put(Family::kState, Key(state.ticket), Encode(state));
}

void MakeOpen(const Change& change, Ticket ticket) {
  auto state = ledger::LoadState(change.transaction, ticket);
  CHECK(state.ok() && state->has_value());
  --ledger::CountOf(change.tip.counts, **state);
  (*state)->decision = {};
  ++ledger::CountOf(change.tip.counts, **state);
  Put(change, **state);
}

}  // namespace

void simulation::Break(Breach wanted) { breach = wanted; }

namespace ledger {

absl::StatusOr<AppendResult> RealAppend(const Change& change, const Enrolment& enrolment,
                                        const std::optional<Decision>& refused) REAL(APPEND);
absl::StatusOr<AppendResult> WrapAppend(const Change& change, const Enrolment& enrolment,
                                        const std::optional<Decision>& refused) WRAP(APPEND);
absl::StatusOr<AppendResult> WrapAppend(const Change& change, const Enrolment& enrolment,
                                        const std::optional<Decision>& refused) {
  absl::StatusOr<AppendResult> result = RealAppend(change, enrolment, refused);
  const bool added = result.ok() && result->outcome == AppendOutcome::kNew && !refused.has_value();
  if (breach == Breach::kTwoBatches && added) {
    const std::string key = Key(result->state.ticket);
    templates_left = {result->state.ticket, **change.transaction.Get(Family::kTemplate, key)};
    change.transaction.Delete(Family::kTemplate, key);
  }
  return result;
}

absl::Status RealCommit(Store* store, Transaction& transaction) REAL(COMMIT);
absl::Status WrapCommit(Store* store, Transaction& transaction) WRAP(COMMIT);
absl::Status WrapCommit(Store* store, Transaction& transaction) {
  const absl::Status committed = RealCommit(store, transaction);
  const auto left = std::exchange(templates_left, std::nullopt);
  if (!committed.ok() || !left.has_value()) return committed;
  Transaction second = store->Begin();
  second.Put(Family::kTemplate, Key(left->first), left->second);
  return RealCommit(store, second);
}

absl::StatusOr<DecideResult> RealDecide(const Change& change, const DecideOp& op) REAL(DECIDE);
absl::StatusOr<DecideResult> WrapDecide(const Change& change, const DecideOp& op) WRAP(DECIDE);
absl::StatusOr<DecideResult> WrapDecide(const Change& change, const DecideOp& op) {
  if (breach == Breach::kNoCompareAndSet) MakeOpen(change, op.ticket);
  if (breach != Breach::kDeadOriginal || op.decision.original == kNoTicket) {
    return RealDecide(change, op);
  }
  const auto original = LoadState(change.transaction, op.decision.original);
  CHECK(original.ok() && original->has_value());
  State living = **original;
  living.closed_at = kNoTicket;
  Put(change, living);
  auto decided = RealDecide(change, op);
  Put(change, **original);
  return decided;
}

absl::StatusOr<EraseResult> RealErase(const Change& change, const EnrolmentId& id,
                                      const AuditRecord& audit) REAL(ERASE);
absl::StatusOr<EraseResult> WrapErase(const Change& change, const EnrolmentId& id,
                                      const AuditRecord& audit) WRAP(ERASE);
absl::StatusOr<EraseResult> WrapErase(const Change& change, const EnrolmentId& id,
                                      const AuditRecord& audit) {
  auto erased = RealErase(change, id, audit);
  if (breach == Breach::kForgetsErasedId && erased.ok()) {
    change.transaction.Delete(Family::kId, id.value);
  }
  return erased;
}

absl::StatusOr<Policy> RealPolicyOf(const Ledger* ledger, PolicyVersion version) REAL(POLICY_OF);
absl::StatusOr<Policy> WrapPolicyOf(const Ledger* ledger, PolicyVersion version) WRAP(POLICY_OF);
absl::StatusOr<Policy> WrapPolicyOf(const Ledger* ledger, PolicyVersion version) {
  if (breach == Breach::kPolicyOfToday) return ledger->policy();
  return RealPolicyOf(ledger, version);
}

}  // namespace ledger

namespace search {

absl::StatusOr<CandidateList> RealSearch(const Cascade* cascade, absl::Span<const Template> probe,
                                         const SearchOptions& options) REAL(SEARCH);
absl::StatusOr<CandidateList> WrapSearch(const Cascade* cascade, absl::Span<const Template> probe,
                                         const SearchOptions& options) WRAP(SEARCH);
absl::StatusOr<CandidateList> WrapSearch(const Cascade* cascade, absl::Span<const Template> probe,
                                         const SearchOptions& options) {
  SearchOptions used = options;
  if (breach == Breach::kSearchMissesLast && Number(options.upto) > 1) {
    used.upto = Ticket{Number(options.upto) - 1};
  }
  return RealSearch(cascade, probe, used);
}

}  // namespace search
}  // namespace distinct
