// A real server on a fresh store over loopback, its clients, and generated people to enrol.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "distinct/v1/adjudication.grpc.pb.h"
#include "distinct/v1/enrolment.grpc.pb.h"
#include "distinct/v1/gallery.grpc.pb.h"
#include "distinct/v1/identification.grpc.pb.h"
#include "distinct/v1/maintenance.grpc.pb.h"
#include "distinct/v1/template.grpc.pb.h"
#include "engine/service/server.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/temp_dir.h"

namespace distinct::service {

// The prints of person `person`, as PNG by position; `impression` 0, 1, ... are captures of the
// same fingers. Two of them, right thumb and index: enough to decide, and quick.
v1::Biometrics Prints(uint64_t person, uint32_t impression, int fingers = 2);

v1::EnrolRequest Enrolment(const std::string& id, const v1::Biometrics& biometrics);

// The detail of this type in an error's google.rpc.Status, if it carries one.
template <typename Detail>
std::optional<Detail> DetailOf(const grpc::Status& status);

// Names of the fields that a BadRequest detail complains of.
std::vector<std::string> BadFields(const grpc::Status& status);

// Reads `count` events after `after` and leaves the stream.
std::vector<v1::WatchDecisionsResponse> Watch(v1::EnrolmentService::Stub& stub, uint64_t after,
                                              size_t count);

class TownTest : public ::testing::Test {
 protected:
  void SetUp() override { StartServer(); }

  void StartServer();
  void StopServer() { server_.reset(); }
  // Makes the stubs.
  void Connect(const std::string& address);

  grpc::Status Enrol(const v1::EnrolRequest& request, v1::Decision& decision);
  // Expects that the enrolment is answered, and returns the decision.
  v1::Decision Enrolled(const std::string& id, const v1::Biometrics& biometrics);
  void Erase(const std::string& id);
  // The samples' templates, of the version in force.
  v1::Biometrics Extracted(const v1::Biometrics& samples);
  v1::GetCaseResponse CaseOf(const std::string& id);
  // Expects that it is set.
  v1::Policy SetPolicy(double duplicate, double review);

  grpc::Status StartCrossCheck(const v1::StartCrossCheckRequest& request,
                               v1::StartCrossCheckResponse& response);
  // The last message of the progress stream.
  v1::CrossCheckProgress FollowCrossCheck(const std::string& job);
  grpc::Status CrossCheckResult(const std::string& job, v1::GetCrossCheckResultResponse& response);

  // Of the next StartServer().
  enrolment::SubmissionRules rules_;

  testing::TempDir store_;
  bool keep_samples_ = false;  // of the next StartServer()
  std::vector<std::shared_ptr<const Modality>> more_versions_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::EnrolmentService::Stub> enrolment_;
  std::unique_ptr<v1::IdentificationService::Stub> identification_;
  std::unique_ptr<v1::TemplateService::Stub> templates_;
  std::unique_ptr<v1::GalleryService::Stub> gallery_;
  std::unique_ptr<v1::AdjudicationService::Stub> adjudication_;
  std::unique_ptr<v1::MaintenanceService::Stub> maintenance_;
};

}  // namespace distinct::service
