// The policies that an operator sets. Thread-compatible, as changes.h.
#pragma once

#include "absl/status/statusor.h"
#include "engine/ledger/changes.h"
#include "engine/policy.h"

namespace distinct::ledger {

// As Ledger::SetPolicy().
absl::StatusOr<PolicyRecord> AddPolicy(const Change& change, Policy policy,
                                       const AuditRecord& audit);

}  // namespace distinct::ledger
