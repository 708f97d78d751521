// The cases that examiners settle, opened and closed by the changes that make and settle them, and
// the verdicts that they give.
// Thread-compatible, as changes.h.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/ledger/changes.h"

namespace distinct::ledger {

// If `decided` needs an examiner: it is in REVIEW, or of several `persons`.
void OpenCase(const Change& change, const State& decided, const std::vector<Ticket>& persons);
// No effect if there is none, or it is closed.
absl::Status CloseCase(const Change& change, Ticket ticket);
// After two persons were merged: those whose persons all count for one by now.
absl::Status CloseSettledMergeCases(const Change& change);
absl::StatusOr<Case> ClaimOpenCase(const Change& change, Ticket ticket, const std::string& examiner,
                                   absl::Time until);

void PutVerdicts(const Change& change, Ticket ticket, absl::Span<const PairVerdict> verdicts,
                 const std::string& examiner);
// Ledger::Distinguish() and VerdictsOfCase().
absl::StatusOr<State> DistinguishDuplicate(const Change& change, Ticket ticket,
                                           absl::Span<const Ticket> others,
                                           const AuditRecord& audit);
absl::StatusOr<std::vector<PairVerdict>> VerdictsOfCase(const Reader& reader, Ticket ticket);

}  // namespace distinct::ledger
