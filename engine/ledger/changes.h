// What each operation of the ledger writes, into a transaction that the commit queue flushes. The
// rules of the protocol's ledger half: numbering, idempotence, compare-and-set, closing.
//
// A change checks first and writes last; an error means that nothing of it stays.
// Thread-compatible.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/commit_queue.h"
#include "engine/ledger/ledger.h"
#include "engine/ledger/store.h"
#include "engine/ledger/subject_keys.h"

namespace distinct::ledger {

struct Change {
  Transaction& transaction;
  Tip& tip;
  const SubjectKeys& keys;
  absl::Time now;
};

// The counter that an enrolment in this state belongs to.
uint64_t& CountOf(Counts& counts, const State& state);

// Gives `entry` the next number, its link of the chain and, unless it brings templates, its digest.
Ticket AddEntry(const Change& change, EntryRecord entry);

// The hash of the chain's next link: SHA-256(previous || number || digest).
std::string ChainLink(std::string_view previous, uint64_t number, std::string_view digest);

absl::StatusOr<AppendResult> AppendEnrolment(const Change& change, const Enrolment& enrolment,
                                             const std::optional<Decision>& refused);
absl::StatusOr<DecideResult> DecideEnrolment(const Change& change, const DecideOp& op);
absl::StatusOr<EraseResult> EraseEnrolment(const Change& change, const EnrolmentId& id,
                                           const AuditRecord& audit);
absl::StatusOr<EraseResult> WithdrawEnrolment(const Change& change, const EnrolmentId& id,
                                              const AuditRecord& audit);
absl::StatusOr<State> MergePersons(const Change& change, const EnrolmentId& a, const EnrolmentId& b,
                                   const AuditRecord& audit);
absl::StatusOr<int> AddFailedAttempt(const Change& change, Ticket ticket);
void AddAudit(const Change& change, const AuditRecord& record);
absl::Status AddTag(const Change& change, const EnrolmentId& id, std::string_view tag);
absl::Status RemoveTag(const Change& change, const EnrolmentId& id, std::string_view tag);

absl::StatusOr<Ticket> TicketOf(const Reader& reader, const EnrolmentId& id);
absl::Status CheckTag(std::string_view tag);

}  // namespace distinct::ledger
