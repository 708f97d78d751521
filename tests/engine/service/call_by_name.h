// Calls of services whose generated code Debian does not ship: bytes in, bytes out.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

namespace distinct::service {

// Calls a method by name, as a client that does not have its .proto would.
inline grpc::StatusCode CallByName(const std::string& address, const std::string& method,
                                   const std::string& request, std::string& response) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const grpc::Slice slice(request);
  const grpc::ByteBuffer request_bytes(&slice, 1);
  grpc::ByteBuffer response_bytes;
  absl::Notification done;
  grpc::Status status;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &request_bytes, &response_bytes,
                 [&](const grpc::Status& ended) {
                   status = ended;
                   done.Notify();
                 });
  done.WaitForNotification();
  std::vector<grpc::Slice> slices;
  if (status.ok() && response_bytes.Dump(&slices).ok()) {
    for (const grpc::Slice& part : slices) {
      response.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  return status.error_code();
}

inline grpc::StatusCode HealthOf(const std::string& address, const std::string& service,
                                 std::string& answer) {
  // HealthCheckRequest{service = 1}: one length-delimited field (grpc/health/v1/health.proto).
  std::string request;
  if (!service.empty()) {
    request = absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
  }
  return CallByName(address, "/grpc.health.v1.Health/Check", request, answer);
}

}  // namespace distinct::service
