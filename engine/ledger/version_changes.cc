#include "engine/ledger/version_changes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/rows.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

std::string Name(const VersionRecord& version) {
  return absl::StrCat(version.modality, " version ", version.to);
}

bool IsUnderWay(const std::vector<VersionRecord>& versions) {
  return !versions.empty() && versions.back().switched_at == kNoTicket;
}

bool IsOf(Position position, const VersionRecord& version) {
  return IsFinger(position) == (version.modality != "face");
}

absl::Status Refused(const std::string& got, const std::string& want) {
  return absl::FailedPreconditionError(
      absl::StrCat("template_version: got ", got, ", want ", want));
}

// Of those listed as staying in the old version.
absl::StatusOr<size_t> CountOfRest(const Change& change, const VersionRecord& version) {
  size_t count = 0;
  for (const Ticket ticket : version.staying) {
    ASSIGN_OR_RETURN(const State state, RequireState(change.transaction, ticket));
    count += IsSearchable(state) ? 1 : 0;
  }
  return count;
}

absl::StatusOr<VersionRecord> Put(const Change& change, VersionEntry entry,
                                  const AuditRecord& audit) {
  entry.caller = audit.caller;
  entry.reason = audit.purpose;
  EntryRecord record;
  record.kind = EntryKind::kVersion;
  record.version = entry;
  std::vector<VersionRecord> versions = *change.tip.versions;
  const Ticket number{Number(change.tip.head.head) + 1};
  RETURN_IF_ERROR(AddVersionEntry(number, entry, versions));
  AddEntry(change, std::move(record));
  change.transaction.Put(Family::kMeta, kMetaVersions, Encode(versions));
  AuditRecord row = audit;
  absl::StrAppend(&row.detail, row.detail.empty() ? "" : " ", Name(versions.back()),
                  " number=", Number(number), " staying=", entry.staying.size());
  AddAudit(change, row);
  change.tip.versions = std::make_shared<const std::vector<VersionRecord>>(std::move(versions));
  return change.tip.versions->back();
}

}  // namespace

bool Lacks(absl::Span<const Template> templates, const VersionRecord& version) {
  std::array<int, 256> missing{};  // by position
  for (const Template& features : templates) {
    if (!IsOf(features.position, version)) continue;
    int& of_position = missing[static_cast<size_t>(features.position)];
    if (features.version == version.from) ++of_position;
    if (features.version == version.to) --of_position;
  }
  return std::any_of(missing.begin(), missing.end(), [](int count) { return count > 0; });
}

bool IsOfOldOnly(absl::Span<const Template> templates, const VersionRecord& version) {
  const auto has = [&](uint32_t number) {
    return std::any_of(templates.begin(), templates.end(), [&](const Template& one) {
      return IsOf(one.position, version) && one.version == number;
    });
  };
  return has(version.from) && !has(version.to);
}

bool IsSearchable(const State& state) {
  return state.closed_at == kNoTicket && state.dropped_at == kNoTicket;
}

absl::Status AddVersionEntry(Ticket number, const VersionEntry& entry,
                             std::vector<VersionRecord>& versions) {
  if (!entry.switches) {
    if (IsUnderWay(versions)) return absl::DataLossError("begins a version within another");
    versions.push_back({entry.modality, entry.from, entry.to, number, kNoTicket, {}});
    return absl::OkStatus();
  }
  const bool rising = std::is_sorted(entry.staying.begin(), entry.staying.end());
  if (!IsUnderWay(versions) || versions.back().modality != entry.modality ||
      versions.back().to != entry.to || !rising) {
    return absl::DataLossError("switches to a version that was not begun");
  }
  versions.back().switched_at = number;
  versions.back().staying = entry.staying;
  return absl::OkStatus();
}

absl::StatusOr<VersionRecord> BeginVersion(const Change& change, const VersionRecord& wanted,
                                           const AuditRecord& audit) {
  const std::vector<VersionRecord>& versions = *change.tip.versions;
  if (!versions.empty()) {
    const VersionRecord& last = versions.back();
    const bool same = last.modality == wanted.modality && last.to == wanted.to;
    if (IsUnderWay(versions) && same) return last;
    if (IsUnderWay(versions)) {
      return Refused(Name(wanted), absl::StrCat("one at a time: ", Name(last),
                                                " was begun; switch to that first"));
    }
    ASSIGN_OR_RETURN(const size_t rest, CountOfRest(change, last));
    if (rest > 0) {
      return Refused(Name(wanted),
                     absl::StrCat("everybody in ", Name(last), ": ", rest,
                                  " records stay in an earlier one; update or erase them first"));
    }
  }
  if (wanted.from == wanted.to) {
    return Refused(Name(wanted) + ", which is in force", "another; see the status");
  }
  return Put(change, {false, wanted.modality, wanted.from, wanted.to, {}, {}, {}}, audit);
}

absl::StatusOr<VersionRecord> SwitchVersion(const Change& change, const SwitchOp& op,
                                            const AuditRecord& audit) {
  const std::vector<VersionRecord>& versions = *change.tip.versions;
  const bool known =
      !versions.empty() && versions.back().modality == op.modality && versions.back().to == op.to;
  if (!known) {
    return Refused(absl::StrCat(op.modality, " version ", op.to),
                   "the one that was begun last; begin it first");
  }
  const VersionRecord& version = versions.back();
  if (!IsUnderWay(versions)) return version;
  if (change.tip.counts.open > 0) {
    return Refused(absl::StrCat(change.tip.counts.open, " enrolments that are OPEN"),
                   "none; hold the appends until they are decided");
  }
  for (uint64_t n = Number(op.scanned) + 1; n <= Number(change.tip.head.head); ++n) {
    ASSIGN_OR_RETURN(const std::optional<State> state, LoadState(change.transaction, Ticket{n}));
    if (!state.has_value() || !IsSearchable(*state)) continue;
    ASSIGN_OR_RETURN(const std::vector<Template> templates,
                     change.keys.LoadTemplates(change.transaction, Ticket{n}));
    const bool listed = std::binary_search(op.staying.begin(), op.staying.end(), Ticket{n});
    if (!listed && Lacks(templates, version)) {
      return Refused(absl::StrCat("number ", n, " without it"), "it listed as staying; ask again");
    }
  }
  ASSIGN_OR_RETURN(
      VersionRecord switched,
      Put(change, {true, op.modality, version.from, op.to, op.staying, {}, {}}, audit));
  change.tip.switched = true;
  return switched;
}

absl::StatusOr<bool> AddVersionTemplates(const Change& change, Ticket ticket,
                                         const std::vector<Template>& templates) {
  if (!IsUnderWay(*change.tip.versions)) return false;
  const VersionRecord& version = change.tip.versions->back();
  ASSIGN_OR_RETURN(const State state, RequireState(change.transaction, ticket));
  if (!IsSearchable(state)) return false;
  ASSIGN_OR_RETURN(std::vector<Template> all,
                   change.keys.LoadTemplates(change.transaction, ticket));
  if (!Lacks(all, version)) return false;
  std::erase_if(all, [&](const Template& one) {
    return IsOf(one.position, version) && one.version == version.to;
  });
  all.insert(all.end(), templates.begin(), templates.end());
  if (Lacks(all, version)) return false;  // it would be found by less than it has
  RETURN_IF_ERROR(change.keys.ReplaceTemplates(change.transaction, ticket, all));
  return true;
}

absl::Status CheckVersions(const Tip& tip, absl::Span<const Template> templates) {
  if (tip.held || tip.switched) {
    return absl::UnavailableError(
        "template_version: is being switched, and distinctd starts anew; nothing was stored, call "
        "again");
  }
  if (tip.versions->empty() || IsUnderWay(*tip.versions)) return absl::OkStatus();
  const VersionRecord& version = tip.versions->back();
  if (!IsOfOldOnly(templates, version)) return absl::OkStatus();
  return Refused(absl::StrCat("templates of ", version.modality, " version ", version.from),
                 absl::StrCat("version ", version.to, "; extract the samples again"));
}

}  // namespace distinct::ledger
