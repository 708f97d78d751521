#include "engine/ledger/policy_changes.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace distinct::ledger {

absl::StatusOr<PolicyRecord> AddPolicy(const Change& change, Policy policy,
                                       const AuditRecord& audit) {
  const std::vector<PolicyRecord>& known = *change.tip.policies;
  const Policy& in_force = known.back().policy;
  if (!HasSoundThresholds(policy)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "policy: got a duplicate from ", policy.duplicate.value, " and a review from ",
        policy.review.value, ", want 0 < review < duplicate <= ", kThresholdMax.value));
  }
  if (policy.duplicate == in_force.duplicate && policy.review == in_force.review) {
    return known.back();
  }
  policy.version = PolicyVersion{static_cast<uint32_t>(in_force.version) + 1};
  PolicyRecord record{policy, kNoTicket, audit.caller, audit.purpose, change.now};
  EntryRecord entry;
  entry.kind = EntryKind::kPolicy;
  entry.policy = record;
  record.number = AddEntry(change, std::move(entry));
  std::vector<PolicyRecord> policies = known;
  policies.push_back(record);
  change.tip.policies = std::make_shared<const std::vector<PolicyRecord>>(std::move(policies));
  AuditRecord row = audit;
  absl::StrAppend(&row.detail, row.detail.empty() ? "" : " ",
                  "policy=", static_cast<uint32_t>(policy.version),
                  " number=", Number(record.number), " duplicate=", policy.duplicate.value,
                  " review=", policy.review.value);
  AddAudit(change, row);
  return record;
}

}  // namespace distinct::ledger
