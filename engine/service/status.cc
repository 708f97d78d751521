#include "engine/service/status.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "engine/enrolment/admission.h"
#include "google/rpc/status.pb.h"

namespace distinct::service {
namespace {

constexpr char kBadRequestPayload[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr char kDomain[] = "distinct";
// Half of gRPC's default for a client's metadata (8 KiB): message and details together fit.
constexpr size_t kViolationBytesMax = 2048;
constexpr size_t kMessageBytesMax = 2048;
// What is unavailable here is a gallery that lags, by milliseconds as a rule.
constexpr absl::Duration kUnavailableRetry = absl::Seconds(1);

void Pack(const google::protobuf::Message& detail, google::rpc::Status& details) {
  details.add_details()->PackFrom(detail);
}

}  // namespace

absl::Status WithRetryAfter(absl::Status status, absl::Duration wait) {
  status.SetPayload(enrolment::kRetryAfterPayload,
                    absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(wait))));
  return status;
}

absl::Status BadRequestError(const google::rpc::BadRequest& violations) {
  google::rpc::BadRequest kept;
  std::string message;
  size_t bytes = 0;
  for (const auto& violation : violations.field_violations()) {
    bytes += violation.field().size() + violation.description().size();
    if (bytes > kViolationBytesMax && kept.field_violations_size() > 0) break;
    *kept.add_field_violations() = violation;
    absl::StrAppend(&message, message.empty() ? "" : "\n", violation.field(), ": ",
                    violation.description());
  }
  const int left_out = violations.field_violations_size() - kept.field_violations_size();
  if (left_out > 0) absl::StrAppend(&message, "\nand ", left_out, " more");
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kBadRequestPayload, absl::Cord(kept.SerializeAsString()));
  return status;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  std::string message(status.message());
  if (message.size() > kMessageBytesMax) {
    message.resize(kMessageBytesMax);
    message += "...";
  }
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  if (const auto payload = status.GetPayload(kBadRequestPayload)) {
    google::rpc::BadRequest violations;
    if (violations.ParseFromString(std::string(*payload))) Pack(violations, details);
  }
  std::optional<absl::Duration> wait = enrolment::RetryAfter(status);
  if (!wait && absl::IsUnavailable(status)) wait = kUnavailableRetry;
  if (wait) {
    const int64_t wait_ms = absl::ToInt64Milliseconds(*wait);
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(wait_ms / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(wait_ms % 1000 * 1'000'000));
    Pack(retry, details);
  }
  google::rpc::ErrorInfo info;
  info.set_reason(absl::StatusCodeToString(status.code()));
  info.set_domain(kDomain);
  Pack(info, details);
  return {static_cast<grpc::StatusCode>(status.code()), message, details.SerializeAsString()};
}

}  // namespace distinct::service
