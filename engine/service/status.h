// absl::Status to grpc::Status. The codes are the same numbers; what this adds are the details of
// google.rpc that a client can act on without reading our sentences: which field, how long to
// wait, which reason.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"

namespace distinct::service {

// `status` with the time to wait before another try, as enrolment/admission.h carries it.
// REQUIRES: not OK.
absl::Status WithRetryAfter(absl::Status status, absl::Duration wait);

// INVALID_ARGUMENT with every violation as a BadRequest detail and in the message.
absl::Status BadRequestError(const google::rpc::BadRequest& violations);

// Adds BadRequest and RetryInfo where the status carries them (UNAVAILABLE always has a RetryInfo),
// and always an ErrorInfo of domain "distinct" whose reason is the code's name. The details stay
// below 4 KiB, since clients refuse trailers beyond 8 KiB (gRPC's default): violations that do not
// fit are counted in the message.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace distinct::service
