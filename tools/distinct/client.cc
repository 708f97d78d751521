#include "tools/distinct/client.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "matchers/status.h"
#include "tools/distinct/image_set.h"

namespace distinct::cli {
namespace {

constexpr char kDetailsPayload[] = "type.googleapis.com/google.rpc.Status";
// A case's answer holds one enrolment's images, which came in a request of up to 64 MiB, beside the
// minutiae of 20 candidates: 5 MB, if each of ten fingers is compared with ten.
constexpr int kAnswerBytesMax = 72 << 20;
// gRPC waits up to two minutes before it tries a lost server again; a restart takes seconds.
constexpr int kReconnectMsMax = 1000;

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const ServerAddress& server) {
  if (server.tls_ca.empty()) {
    if (!server.tls_cert.empty() || !server.tls_key.empty()) {
      return absl::InvalidArgumentError(
          "tls-ca: got none beside --tls-cert or --tls-key, want the CA of the server's "
          "certificate");
    }
    return grpc::InsecureChannelCredentials();
  }
  if (server.tls_cert.empty() != server.tls_key.empty()) {
    return absl::InvalidArgumentError(
        "tls-cert: got only one of --tls-cert and --tls-key, want both or none");
  }
  grpc::SslCredentialsOptions options;
  ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(server.tls_ca));
  if (!server.tls_cert.empty()) {
    ASSIGN_OR_RETURN(options.pem_cert_chain, ReadFile(server.tls_cert));
    ASSIGN_OR_RETURN(options.pem_private_key, ReadFile(server.tls_key));
  }
  return grpc::SslCredentials(options);
}

// gRPC takes any number for a port, modulo 65,536.
absl::Status CheckAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon != std::string::npos && colon > 0 &&
      address.find_first_not_of("0123456789", colon + 1) == std::string::npos &&
      absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 1 && port <= 65535) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("server: got \"", address,
                   "\", want HOST:PORT with a port of 1 to 65535; for example 127.0.0.1:50051"));
}

// What gRPC itself says when nobody answers, as far as it can be told from a server's own words.
bool NobodyAnswers(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE && status.error_details().empty() &&
         (absl::StartsWith(status.error_message(), "failed to connect") ||
          absl::StartsWith(status.error_message(), "DNS resolution failed"));
}

google::rpc::Status DetailsOf(const absl::Status& status) {
  google::rpc::Status details;
  const auto payload = status.GetPayload(kDetailsPayload);
  // Details are for orientation: without them the code and the message still stand.
  if (payload && !details.ParseFromString(std::string(*payload))) details.Clear();
  return details;
}

Json DetailJson(const google::protobuf::Any& any) {
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  google::rpc::ErrorInfo info;
  Json json;
  if (any.UnpackTo(&bad_request)) {
    json["type"] = "BadRequest";
    json["field_violations"] = Json::array();
    for (const auto& violation : bad_request.field_violations()) {
      json["field_violations"].push_back(
          {{"field", violation.field()}, {"description", violation.description()}});
    }
  } else if (any.UnpackTo(&retry)) {
    json["type"] = "RetryInfo";
    json["retry_delay_ms"] =
        retry.retry_delay().seconds() * 1000 + retry.retry_delay().nanos() / 1'000'000;
  } else if (any.UnpackTo(&info)) {
    json["type"] = "ErrorInfo";
    json["reason"] = info.reason();
    json["domain"] = info.domain();
  } else {
    json["type"] = any.type_url();
  }
  return json;
}

}  // namespace

absl::StatusOr<Client> Connect(const ServerAddress& server) {
  RETURN_IF_ERROR(CheckAddress(server.address));
  ASSIGN_OR_RETURN(const auto credentials, Credentials(server));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMsMax);
  const auto channel = grpc::CreateCustomChannel(server.address, credentials, arguments);
  return Client{v1::EnrolmentService::NewStub(channel), v1::IdentificationService::NewStub(channel),
                v1::GalleryService::NewStub(channel), v1::AdjudicationService::NewStub(channel),
                v1::MaintenanceService::NewStub(channel)};
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (NobodyAnswers(status)) {
    return absl::UnavailableError(absl::StrCat(
        "server: nobody answers there; start distinctd, or name the one that runs with --server "
        "HOST:PORT (",
        status.error_message(), ")"));
  }
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (!status.error_details().empty()) {
    result.SetPayload(kDetailsPayload, absl::Cord(status.error_details()));
  }
  return result;
}

Json ErrorJson(const absl::Status& status) {
  Json json;
  json["code"] = absl::StatusCodeToString(status.code());
  json["message"] = std::string(status.message());
  json["details"] = Json::array();
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) json["details"].push_back(DetailJson(any));
  return json;
}

absl::Duration RetryDelay(const absl::Status& status) {
  const google::rpc::Status details = DetailsOf(status);
  google::rpc::RetryInfo retry;
  for (const auto& any : details.details()) {
    if (!any.UnpackTo(&retry)) continue;
    return absl::Seconds(retry.retry_delay().seconds()) +
           absl::Nanoseconds(retry.retry_delay().nanos());
  }
  return absl::ZeroDuration();
}

bool IsRetryable(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status);
}

}  // namespace distinct::cli
