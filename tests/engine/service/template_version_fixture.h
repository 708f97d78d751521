// A server with a second version of the finger's templates, and the way of its store to it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "tests/engine/service/next_finger.h"
#include "tests/engine/service/town_fixture.h"

namespace distinct::service {

using ::distinct::testing::kNextFingerVersion;
using ::distinct::testing::NextFinger;

class TemplateVersionTest : public TownTest {
 protected:
  void SetUp() override {
    more_versions_ = {std::make_shared<NextFinger>()};
    keep_samples_ = true;
    StartServer();
  }

  grpc::Status Begin(uint32_t version, v1::TemplateVersion& out) {
    grpc::ClientContext context;
    v1::BeginTemplateVersionRequest request;
    request.set_modality("finger");
    request.set_version(version);
    request.set_reason("a test");
    v1::BeginTemplateVersionResponse response;
    const grpc::Status status = maintenance_->BeginTemplateVersion(&context, request, &response);
    out = response.template_version();
    return status;
  }
  void Begun() {
    v1::TemplateVersion version;
    const grpc::Status status = Begin(kNextFingerVersion, version);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(version.phase(), v1::TemplateVersion::UNDER_WAY);
  }
  v1::TemplateVersion Last() {
    grpc::ClientContext context;
    v1::ListTemplateVersionsResponse response;
    EXPECT_TRUE(maintenance_->ListTemplateVersions(&context, {}, &response).ok());
    if (response.template_versions().empty()) return {};
    return *response.template_versions().rbegin();
  }
  void WaitForReExtraction() {
    const absl::Time limit = absl::Now() + absl::Seconds(60);
    for (v1::TemplateVersion last = Last(); last.re_extracted_to() < last.head(); last = Last()) {
      ASSERT_LT(absl::Now(), limit);
    }
  }
  v1::ReportTemplateVersionResponse Report(int pairs = 10) {
    grpc::ClientContext context;
    v1::ReportTemplateVersionRequest request;
    request.set_pairs_max(pairs);
    v1::ReportTemplateVersionResponse response;
    const grpc::Status status = maintenance_->ReportTemplateVersion(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Switch(uint64_t staying_max) {
    grpc::ClientContext context;
    v1::SwitchTemplateVersionRequest request;
    request.set_modality("finger");
    request.set_version(kNextFingerVersion);
    request.set_staying_max(staying_max);
    request.set_reason("a test");
    v1::SwitchTemplateVersionResponse response;
    return maintenance_->SwitchTemplateVersion(&context, request, &response);
  }
  void Restart() {
    StopServer();
    StartServer();
  }
  // Switches and starts anew.
  void Switched(uint64_t staying_max) {
    const grpc::Status status = Switch(staying_max);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(server_->restart_wanted());
    Restart();
    EXPECT_FALSE(server_->restart_wanted());
  }
  uint32_t VersionInForce() {
    grpc::ClientContext context;
    v1::GetStatusResponse status;
    EXPECT_TRUE(gallery_->GetStatus(&context, {}, &status).ok());
    return status.modalities(0).template_version();
  }
};

}  // namespace distinct::service
