// Who calls: what a search or a decision is recorded under.
#pragma once

#include <grpcpp/security/auth_context.h>

#include <string>

namespace distinct::service {

// The subject of the client's certificate, which TLS has checked against --client-ca; without TLS
// (loopback only) "unauthenticated local". Null is a call without transport security.
std::string CallerOf(const grpc::AuthContext* context);

}  // namespace distinct::service
