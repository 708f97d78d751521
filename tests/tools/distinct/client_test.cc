#include "tools/distinct/client.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/support/status_matchers.h"
#include "tools/distinct/html.h"

namespace distinct::cli {
namespace {

using ::distinct::testing::StatusIs;

TEST(Client, AnErrorKeepsItsCodeMessageAndDetails) {
  google::rpc::Status details;
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field("samples[2].dpi");
  violation->set_description("got 72, want 250 to 2000");
  details.add_details()->PackFrom(bad_request);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  details.add_details()->PackFrom(retry);
  const absl::Status status =
      FromGrpc({grpc::StatusCode::RESOURCE_EXHAUSTED, "queue: full", details.SerializeAsString()});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, "queue: full"));
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(1500));
  EXPECT_TRUE(IsRetryable(status));
  const Json json = ErrorJson(status);
  EXPECT_EQ(json["code"], "RESOURCE_EXHAUSTED");
  EXPECT_EQ(json["details"][0]["field_violations"][0]["field"], "samples[2].dpi");
  EXPECT_EQ(json["details"][1]["retry_delay_ms"], 1500);
}

TEST(Client, AnErrorWithoutDetailsIsStillAnError) {
  const absl::Status status = FromGrpc({grpc::StatusCode::NOT_FOUND, "none", "\xff garbage"});
  EXPECT_EQ(ErrorJson(status)["code"], "NOT_FOUND");
  EXPECT_EQ(RetryDelay(status), absl::ZeroDuration());
  EXPECT_FALSE(IsRetryable(status));
}

TEST(Client, HalfATlsIdentityIsRefused) {
  EXPECT_THAT(Connect({"h:1", "", "c.pem", "k.pem"}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, "tls-ca"));
  EXPECT_THAT(Connect({"h:1", "ca.pem", "c.pem", ""}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, "both or none"));
}

TEST(Html, TextOfOthersCannotBecomeMarkup) {
  EXPECT_EQ(EscapeHtml("<b>\"a\" & b</b>"), "&lt;b&gt;&quot;a&quot; &amp; b&lt;/b&gt;");
  const std::string svg = HistogramSvg({{"<x>", "mated", {1, 2}}}, {{1.5, "<m>"}}, 0, 3, "<axis>");
  EXPECT_EQ(svg.find("<x>"), std::string::npos);
  EXPECT_EQ(svg.find("<m>"), std::string::npos);
  EXPECT_EQ(svg.find("<axis>"), std::string::npos);
}

}  // namespace
}  // namespace distinct::cli
