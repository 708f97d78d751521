// Who calls: what a search or a decision is recorded under, and among whom places are shared.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>

namespace distinct::service {

// The subject of the client's certificate, which TLS has checked against --client-ca; without TLS
// (loopback only) "unauthenticated local". Null is a call without transport security.
std::string CallerOf(const grpc::AuthContext* context);

// The client that shares in the server's places (enrolment/fair_share.h): the subject of its
// certificate, however many machines show it; without TLS the host that it calls from.
std::string ClientOf(const grpc::CallbackServerContext& context);

// "ipv4:127.0.0.1" of gRPC's "ipv4:127.0.0.1:40312".
std::string HostOf(const std::string& peer);

}  // namespace distinct::service
