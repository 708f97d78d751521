#include "engine/service/maintenance_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "matchers/status.h"

namespace distinct::service {

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

}  // namespace distinct::service
