#include "engine/ledger/case_changes.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/rows.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

void PutCase(const Change& change, const Case& record) {
  change.transaction.Put(Family::kCase, CaseKey(record.ticket, record.closed), Encode(record));
}

void PutClosed(const Change& change, Case record) {
  change.transaction.Delete(Family::kCase, CaseKey(record.ticket, false));
  record.closed = true;
  PutCase(change, record);
}

absl::StatusOr<Ticket> RootOf(const Reader& reader, Ticket ticket) {
  for (;;) {
    ASSIGN_OR_RETURN(const State state, RequireState(reader, ticket));
    if (CountsFor(state) == kNoTicket) return ticket;
    ticket = CountsFor(state);
  }
}

absl::StatusOr<bool> IsSettled(const Reader& reader, const Case& record) {
  std::set<Ticket> roots;
  for (const Ticket person : record.persons) {
    ASSIGN_OR_RETURN(const Ticket root, RootOf(reader, person));
    ASSIGN_OR_RETURN(const State state, RequireState(reader, root));
    if (IsLive(state)) roots.insert(root);
  }
  return roots.size() < 2;
}

}  // namespace

void OpenCase(const Change& change, const State& decided, const std::vector<Ticket>& persons) {
  const bool review = decided.decision.kind == DecisionKind::kReview;
  if (!review && persons.size() < 2) return;
  Case record;
  record.ticket = decided.ticket;
  record.kind = review ? CaseKind::kReview : CaseKind::kMerge;
  if (!review) record.persons = persons;
  record.opened_at = change.now;
  record.claimed_until = change.now;
  change.transaction.Delete(Family::kCase, CaseKey(record.ticket, true));
  PutCase(change, record);
}

absl::Status CloseCase(const Change& change, Ticket ticket) {
  ASSIGN_OR_RETURN(const std::optional<Case> record, LoadCase(change.transaction, ticket));
  if (record.has_value() && !record->closed) PutClosed(change, *record);
  return absl::OkStatus();
}

void PutVerdicts(const Change& change, Ticket ticket, absl::Span<const PairVerdict> verdicts,
                 const std::string& examiner) {
  for (const PairVerdict& one : verdicts) {
    const VerdictRecord verdict{one.verdict, examiner, change.now};
    change.transaction.Put(Family::kVerdict, VerdictKey(ticket, one.other), Encode(verdict));
  }
}

absl::StatusOr<State> DistinguishDuplicate(const Change& change, Ticket ticket,
                                           absl::Span<const Ticket> others,
                                           const AuditRecord& audit) {
  ASSIGN_OR_RETURN(const State state, RequireState(change.transaction, ticket));
  bool said = true;
  for (const Ticket other : others) {
    ASSIGN_OR_RETURN(const Verdict verdict, LoadVerdict(change.transaction, ticket, other));
    said = said && verdict == Verdict::kDifferent;
  }
  if (said) return state;
  if (state.decision.kind != DecisionKind::kDuplicate || state.closed_at != kNoTicket) {
    return absl::FailedPreconditionError(absl::StrCat(
        "enrolment_id: got ", state.id.value,
        ", which is erased or no DUPLICATE, want a DUPLICATE whose templates can still be looked "
        "at; enrol the person again, and adjudicate that if it is wrong too"));
  }
  std::set<Ticket> known = {state.decision.original};
  for (const CandidateRecord& one : state.decision.candidates) known.insert(one.ticket);
  std::vector<PairVerdict> verdicts;
  for (const Ticket other : others) {
    if (!known.contains(other)) {
      return absl::InvalidArgumentError(
          absl::StrCat("verdicts: got one on number ", Number(other), ", want a candidate of ",
                       state.id.value, " or whom it is a DUPLICATE of; read the decision"));
    }
    verdicts.push_back({other, Verdict::kDifferent});
  }
  PutVerdicts(change, ticket, verdicts, audit.caller);
  AddAudit(change, audit);
  return state;
}

absl::StatusOr<std::vector<PairVerdict>> VerdictsOfCase(const Reader& reader, Ticket ticket) {
  std::map<Ticket, Verdict> said;
  while (ticket != kNoTicket) {
    ASSIGN_OR_RETURN(const std::vector<Ticket> smaller,
                     TicketsUnder(reader, Family::kVerdict, Key64(Number(ticket))));
    for (const Ticket other : smaller) {
      ASSIGN_OR_RETURN(const Verdict verdict, LoadVerdict(reader, ticket, other));
      said.try_emplace(other, verdict);  // the later record's is the later word
    }
    ASSIGN_OR_RETURN(const EntryRecord entry, RequireEntry(reader, ticket));
    if (entry.enrolment.case_ticket >= ticket) {
      return BadRecord(Family::kEntry, Key64(Number(ticket)), "got a case that is not earlier");
    }
    ticket = entry.enrolment.case_ticket;
  }
  std::vector<PairVerdict> verdicts;
  for (const auto& [other, verdict] : said) verdicts.push_back({other, verdict});
  return verdicts;
}

absl::Status CloseSettledMergeCases(const Change& change) {
  std::vector<Case> settled;
  RETURN_IF_ERROR(change.transaction.Scan(
      Family::kCase, CaseKey(kNoTicket, false),
      [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
        absl::StatusOr<Case> record = DecodeCase(body);
        if (!record.ok()) {
          return BadRecord(Family::kCase, key, std::string(record.status().message()));
        }
        ParseCaseKey(key, *record);
        if (record->closed) return false;
        if (record->kind != CaseKind::kMerge) return true;
        ASSIGN_OR_RETURN(const bool is_settled, IsSettled(change.transaction, *record));
        if (is_settled) settled.push_back(*std::move(record));
        return true;
      }));
  for (const Case& record : settled) PutClosed(change, record);
  return absl::OkStatus();
}

absl::StatusOr<Case> ClaimOpenCase(const Change& change, Ticket ticket, const std::string& examiner,
                                   absl::Time until) {
  ASSIGN_OR_RETURN(std::optional<Case> record, LoadCase(change.transaction, ticket));
  if (!record.has_value()) {
    return absl::NotFoundError(absl::StrCat("case: got number ", Number(ticket),
                                            ", want one that has a case; list the cases"));
  }
  const bool taken = record->claimed_by != examiner && change.now < record->claimed_until;
  if (record->closed || taken) {
    return absl::FailedPreconditionError(
        absl::StrCat("case: number ", Number(ticket), ": got one that is ",
                     record->closed ? "closed"
                                    : absl::StrCat("claimed by ", record->claimed_by, " until ",
                                                   absl::FormatTime(record->claimed_until)),
                     ", want an open one that nobody else looks at; take another"));
  }
  record->claimed_by = examiner;
  record->claimed_until = until;
  PutCase(change, *record);
  return *std::move(record);
}

}  // namespace distinct::ledger
