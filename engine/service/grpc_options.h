// What every gRPC server of ours is told, whatever it serves.
#pragma once

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace distinct::service {

// gRPC's reflection plug-in is on in every server of a program that links it; this takes it away
// where it was not asked for.
class ReflectionOption final : public grpc::ServerBuilderOption {
 public:
  explicit ReflectionOption(bool on) : on_(on) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    const std::string name = grpc::reflection::ProtoServerReflectionPlugin().name();
    const auto is_reflection = [&](const auto& plugin) { return plugin->name() == name; };
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(), is_reflection), plugins->end());
    if (on_) {
      plugins->push_back(std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>());
    }
  }

 private:
  const bool on_;
};

// Health of the whole server and of each service by its name.
inline void SetHealth(grpc::Server& server, bool serving) {
  grpc::HealthCheckServiceInterface* const health = server.GetHealthCheckService();
  for (const char* name : {"", "distinct.v1.EnrolmentService", "distinct.v1.IdentificationService",
                           "distinct.v1.TemplateService", "distinct.v1.GalleryService",
                           "distinct.v1.AdjudicationService", "distinct.v1.MaintenanceService"}) {
    health->SetServingStatus(name, serving);
  }
}

}  // namespace distinct::service
