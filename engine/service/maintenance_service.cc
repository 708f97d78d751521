#include "engine/service/maintenance_service.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/service/validate.h"
#include "matchers/status.h"

namespace distinct::service {
namespace {

constexpr int kStayingMax = 1000;  // maintenance.proto

// What a comparison in this band alone leads to.
v1::DecisionKind KindOf(search::Band band) {
  switch (band) {
    case search::Band::kHard:
      return v1::DUPLICATE;
    case search::Band::kGrey:
      return v1::REVIEW;
    case search::Band::kNone:
      return v1::UNIQUE;
  }
  return v1::DECISION_KIND_UNSPECIFIED;
}

}  // namespace

MaintenanceService::MaintenanceService(const Parts& parts, std::filesystem::path backups)
    : parts_(parts), backups_(std::move(backups)) {}

grpc::ServerUnaryReactor* MaintenanceService::CreateBackup(grpc::CallbackServerContext* context,
                                                           const v1::CreateBackupRequest* request,
                                                           v1::CreateBackupResponse* response) {
  static_cast<void>(request);
  return RunAdmitted(parts_, context, {}, [this, response](const Call& call) {
    return DoCreateBackup(call, *response);
  });
}

absl::Status MaintenanceService::DoCreateBackup(const Call& call,
                                                v1::CreateBackupResponse& response) const {
  if (backups_.empty()) {
    return absl::FailedPreconditionError(
        "backup: got a server without a folder for backups, want one that was started with "
        "--backup-dir; start it with that, or stop it and use distinct backup --store");
  }
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const ledger::BackupInfo made, parts_.ledger.Backup(backups_));
  response.set_backup_id(made.id);
  response.set_head(Number(made.head));
  response.set_bytes(made.bytes);
  response.set_seconds(absl::ToDoubleSeconds(absl::Now() - start));
  return parts_.enroller.writes().Checked(
      parts_.ledger.Audit({"BACKUP", call.caller, "backup",
                           absl::StrCat("backup=", made.id, " head=", Number(made.head))}));
}

absl::Status MaintenanceService::FillVersion(const ledger::VersionRecord& version,
                                             v1::TemplateVersion& out) const {
  out.set_modality(version.modality);
  out.set_from(version.from);
  out.set_to(version.to);
  out.set_begun_at(Number(version.begun_at));
  out.set_switched_at(Number(version.switched_at));
  out.set_staying(version.staying.size());
  if (version.switched_at != kNoTicket) {
    const bool last = version.begun_at == parts_.ledger.versions()->back().begun_at;
    out.set_phase(last && parts_.ledger.switched() ? v1::TemplateVersion::SWITCHING
                                                   : v1::TemplateVersion::IN_FORCE);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Ticket done, parts_.versions.done());
  out.set_phase(v1::TemplateVersion::UNDER_WAY);
  out.set_re_extracted_to(Number(done));
  out.set_head(Number(parts_.ledger.head()));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* MaintenanceService::BeginTemplateVersion(
    grpc::CallbackServerContext* context, const v1::BeginTemplateVersionRequest* request,
    v1::BeginTemplateVersionResponse* response) {
  const auto begin = [this, request, response](const Call& call) -> absl::Status {
    RETURN_IF_ERROR(Validate(*request));
    ASSIGN_OR_RETURN(
        const ledger::VersionRecord version,
        parts_.versions.Begin(request->modality(), request->version(),
                              {"TEMPLATE_VERSION_BEGIN", call.caller, request->reason(), ""}));
    return FillVersion(version, *response->mutable_template_version());
  };
  return RunOn(parts_.workers, context, begin);
}

grpc::ServerUnaryReactor* MaintenanceService::ListTemplateVersions(
    grpc::CallbackServerContext* context, const v1::ListTemplateVersionsRequest*,
    v1::ListTemplateVersionsResponse* response) {
  return RunOn(parts_.reads, context, [this, response](const Call&) -> absl::Status {
    for (const ledger::VersionRecord& version : *parts_.ledger.versions()) {
      RETURN_IF_ERROR(FillVersion(version, *response->add_template_versions()));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* MaintenanceService::ReportTemplateVersion(
    grpc::CallbackServerContext* context, const v1::ReportTemplateVersionRequest* request,
    v1::ReportTemplateVersionResponse* response) {
  return RunOn(parts_.workers, context,
               [this, request, response](const Call&) { return DoReport(*request, *response); });
}

absl::Status MaintenanceService::DoReport(const v1::ReportTemplateVersionRequest& request,
                                          v1::ReportTemplateVersionResponse& response) const {
  RETURN_IF_ERROR(Validate(request));
  ASSIGN_OR_RETURN(const VersionReport report, parts_.versions.Report(request.pairs_max()));
  const auto id_of = [&](Ticket ticket) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const ledger::State state, parts_.ledger.StateOf(ticket));
    return state.id.value;
  };
  response.set_complete(report.scan.complete.size());
  std::array<uint64_t, 3> reasons{};
  for (const StayingRecord& one : report.staying) {
    ++reasons[static_cast<size_t>(one.reason)];
    if (response.staying_size() == kStayingMax) continue;
    v1::StayingRecord& added = *response.add_staying();
    ASSIGN_OR_RETURN(*added.mutable_enrolment_id(), id_of(one.ticket));
    added.set_reason(static_cast<v1::StayingRecord::Reason>(1 + static_cast<int>(one.reason)));
  }
  response.set_no_sample_kept(reasons[0]);
  response.set_failed_to_extract(reasons[1]);
  response.set_not_yet_done(reasons[2]);
  for (const ComparedPair& pair : report.pairs) {
    if (pair.counts_as_mated) {
      response.set_mated_pairs(response.mated_pairs() + 1);
    } else {
      response.set_neighbour_pairs(response.neighbour_pairs() + 1);
    }
    if (pair.band_before == pair.band_after) continue;
    v1::ChangedPair& added = *response.add_changed();
    ASSIGN_OR_RETURN(*added.mutable_a(), id_of(pair.probe));
    ASSIGN_OR_RETURN(*added.mutable_b(), id_of(pair.reference));
    added.set_mated(pair.counts_as_mated);
    added.set_llr_before(pair.before.value);
    added.set_llr_after(pair.after.value);
    added.set_before(KindOf(pair.band_before));
    added.set_after(KindOf(pair.band_after));
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* MaintenanceService::SwitchTemplateVersion(
    grpc::CallbackServerContext* context, const v1::SwitchTemplateVersionRequest* request,
    v1::SwitchTemplateVersionResponse* response) {
  const auto change = [this, request, response](const Call& call) -> absl::Status {
    RETURN_IF_ERROR(Validate(*request));
    ASSIGN_OR_RETURN(
        const ledger::VersionRecord version,
        parts_.versions.Switch({request->modality(), request->version(), request->staying_max()},
                               {"TEMPLATE_VERSION_SWITCH", call.caller, request->reason(), ""},
                               call.deadline));
    return FillVersion(version, *response->mutable_template_version());
  };
  return RunOn(parts_.workers, context, change);
}

}  // namespace distinct::service
