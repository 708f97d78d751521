// MaintenanceService of maintenance.proto: backups and template versions of the store that is
// served.
#pragma once

#include <filesystem>

#include "distinct/v1/maintenance.grpc.pb.h"
#include "engine/service/call.h"
#include "engine/service/parts.h"

namespace distinct::service {

// Thread-safe.
class MaintenanceService final : public v1::MaintenanceService::CallbackService {
 public:
  // `backups`: the one folder that backups go to, whatever a client asks; empty: there are none.
  MaintenanceService(const Parts& parts, std::filesystem::path backups);

  grpc::ServerUnaryReactor* CreateBackup(grpc::CallbackServerContext* context,
                                         const v1::CreateBackupRequest* request,
                                         v1::CreateBackupResponse* response) override;

  grpc::ServerUnaryReactor* BeginTemplateVersion(
      grpc::CallbackServerContext* context, const v1::BeginTemplateVersionRequest* request,
      v1::BeginTemplateVersionResponse* response) override;
  grpc::ServerUnaryReactor* ListTemplateVersions(
      grpc::CallbackServerContext* context, const v1::ListTemplateVersionsRequest* request,
      v1::ListTemplateVersionsResponse* response) override;
  grpc::ServerUnaryReactor* ReportTemplateVersion(
      grpc::CallbackServerContext* context, const v1::ReportTemplateVersionRequest* request,
      v1::ReportTemplateVersionResponse* response) override;
  grpc::ServerUnaryReactor* SwitchTemplateVersion(
      grpc::CallbackServerContext* context, const v1::SwitchTemplateVersionRequest* request,
      v1::SwitchTemplateVersionResponse* response) override;

 private:
  absl::Status DoCreateBackup(const Call& call, v1::CreateBackupResponse& response) const;
  absl::Status FillVersion(const ledger::VersionRecord& version, v1::TemplateVersion& out) const;
  absl::Status DoReport(const v1::ReportTemplateVersionRequest& request,
                        v1::ReportTemplateVersionResponse& response) const;

  const Parts parts_;
  const std::filesystem::path backups_;
};

}  // namespace distinct::service
