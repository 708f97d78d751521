#include "engine/service/status.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"

namespace distinct::service {
namespace {

template <typename Detail>
std::optional<Detail> DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return std::nullopt;
  for (const auto& any : details.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

TEST(Status, CodesAndMessagesPassUnchanged) {
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status =
        ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(code), "what to do"));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
    EXPECT_EQ(status.error_message(), "what to do");
    const auto info = DetailOf<google::rpc::ErrorInfo>(status);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->domain(), "distinct");
    EXPECT_EQ(info->reason(), absl::StatusCodeToString(static_cast<absl::StatusCode>(code)));
  }
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

TEST(Status, TheWaitBecomesRetryInfo) {
  const grpc::Status status =
      ToGrpcStatus(WithRetryAfter(absl::ResourceExhaustedError("full"), absl::Milliseconds(2345)));
  const auto retry = DetailOf<google::rpc::RetryInfo>(status);
  ASSERT_TRUE(retry.has_value());
  EXPECT_EQ(retry->retry_delay().seconds(), 2);
  EXPECT_EQ(retry->retry_delay().nanos(), 345'000'000);
}

TEST(Status, UnavailableAlwaysSaysWhenToComeAgainAndOthersDoNot) {
  EXPECT_TRUE(DetailOf<google::rpc::RetryInfo>(ToGrpcStatus(absl::UnavailableError("later"))));
  EXPECT_FALSE(DetailOf<google::rpc::RetryInfo>(ToGrpcStatus(absl::InternalError("broken"))));
}

TEST(Status, EveryViolationIsADetailAndALine) {
  google::rpc::BadRequest violations;
  for (const char* field : {"a", "b"}) {
    auto* const violation = violations.add_field_violations();
    violation->set_field(field);
    violation->set_description("got 1, want 2");
  }
  const grpc::Status status = ToGrpcStatus(BadRequestError(violations));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "a: got 1, want 2\nb: got 1, want 2");
  const auto detail = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_TRUE(detail.has_value());
  EXPECT_EQ(detail->field_violations_size(), 2);
}

TEST(Status, FitsTheTrailersOfAClientHoweverMuchIsWrong) {
  google::rpc::BadRequest violations;
  for (int i = 0; i < 1000; ++i) {
    auto* const violation = violations.add_field_violations();
    violation->set_field(absl::StrCat("biometrics.samples[", i, "]"));
    violation->set_description(std::string(100, 'x'));
  }
  const grpc::Status status = ToGrpcStatus(BadRequestError(violations));
  EXPECT_LT(status.error_message().size() + status.error_details().size(), 8192);
  EXPECT_NE(status.error_message().find(" more"), std::string::npos);
  const grpc::Status longest = ToGrpcStatus(absl::InternalError(std::string(100'000, 'x')));
  EXPECT_LT(longest.error_message().size() + longest.error_details().size(), 8192);
}

}  // namespace
}  // namespace distinct::service
