// The way of a modality's templates from one version to the next: decisions/0002.
// Thread-compatible, as changes.h.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/ledger/changes.h"
#include "engine/ledger/record.h"

namespace distinct::ledger {

// Fewer templates of the new version than of the old one, of some position.
bool Lacks(absl::Span<const Template> templates, const VersionRecord& version);
// Templates of the old version and none of the new one.
bool IsOfOldOnly(absl::Span<const Template> templates, const VersionRecord& version);
// What searches may find: not erased, not replaced. Whether it has templates is another question.
bool IsSearchable(const State& state);

// What one more entry makes of the versions that there were. DATA_LOSS: it cannot follow them.
absl::Status AddVersionEntry(Ticket number, const VersionEntry& entry,
                             std::vector<VersionRecord>& versions);

// As the methods of Ledger.
absl::StatusOr<VersionRecord> BeginVersion(const Change& change, const VersionRecord& wanted,
                                           const AuditRecord& audit);
absl::StatusOr<VersionRecord> SwitchVersion(const Change& change, const SwitchOp& op,
                                            const AuditRecord& audit);
absl::StatusOr<bool> AddVersionTemplates(const Change& change, Ticket ticket,
                                         const std::vector<Template>& templates);

// Of an enrolment that would be appended now. UNAVAILABLE: appends are held, or wait for the start
// after a switch. FAILED_PRECONDITION: it lacks the version in force.
absl::Status CheckVersions(const Tip& tip, absl::Span<const Template> templates);

}  // namespace distinct::ledger
