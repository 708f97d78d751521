#include "engine/service/caller.h"

#include <grpc/grpc_security_constants.h>

namespace distinct::service {

std::string CallerOf(const grpc::AuthContext* context) {
  if (context == nullptr || !context->IsPeerAuthenticated()) return "unauthenticated local";
  // The whole subject ("CN=station 7,O=registry"); the common name alone need not be unique.
  for (const char* property : {GRPC_X509_SUBJECT_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
    const auto values = context->FindPropertyValues(property);
    if (!values.empty()) return {values.front().data(), values.front().size()};
  }
  return "certificate without subject";
}

std::string ClientOf(const grpc::CallbackServerContext& context) {
  const auto authentication = context.auth_context();
  if (authentication != nullptr && authentication->IsPeerAuthenticated()) {
    return CallerOf(authentication.get());
  }
  return HostOf(context.peer());
}

std::string HostOf(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

}  // namespace distinct::service
