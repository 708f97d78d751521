// The connection to distinctd, and what its errors say, for people and for programs.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "distinct/v1/adjudication.grpc.pb.h"
#include "distinct/v1/enrolment.grpc.pb.h"
#include "distinct/v1/gallery.grpc.pb.h"
#include "distinct/v1/identification.grpc.pb.h"
#include "distinct/v1/maintenance.grpc.pb.h"
#include "tools/distinct/json_output.h"
#include "tools/distinct/server_address.h"

namespace distinct::cli {

// Stubs are thread-safe. Connects at the first call.
struct Client {
  std::unique_ptr<v1::EnrolmentService::Stub> enrolment;
  std::unique_ptr<v1::IdentificationService::Stub> identification;
  std::unique_ptr<v1::GalleryService::Stub> gallery;
  std::unique_ptr<v1::AdjudicationService::Stub> adjudication;
  std::unique_ptr<v1::MaintenanceService::Stub> maintenance;
};

// INVALID_ARGUMENT: no HOST:PORT, or a certificate without a key or CA. NOT_FOUND: a PEM file that
// cannot be read.
absl::StatusOr<Client> Connect(const ServerAddress& server);

// The same code and message; google.rpc details travel along for ErrorJson() and RetryDelay().
absl::Status FromGrpc(const grpc::Status& status);

// {"code": "INVALID_ARGUMENT", "message": "...", "details": [{"type": "BadRequest", ...}, ...]}
Json ErrorJson(const absl::Status& status);

// How long the server asks to wait (RetryInfo), or ZeroDuration.
absl::Duration RetryDelay(const absl::Status& status);

// Whether the same call may succeed later, and may be repeated.
bool IsRetryable(const absl::Status& status);

}  // namespace distinct::cli
