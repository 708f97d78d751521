#include "tests/engine/service/town_fixture.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "tests/support/status_matchers.h"
#include "tools/synthesis/town.h"

namespace distinct::service {

v1::Biometrics Prints(uint64_t person, uint32_t impression, int fingers) {
  constexpr uint64_t kSeed = 7;
  static auto* const people = new std::map<uint64_t, synthesis::TownPerson>;
  const auto found = people->try_emplace(person, kSeed, person).first;
  v1::Biometrics biometrics;
  auto captured = found->second.Capture(impression);
  for (size_t i = 0; i < static_cast<size_t>(fingers); ++i) {
    v1::Sample* const sample = biometrics.add_samples();
    sample->set_position(static_cast<v1::Position>(captured[i].position));
    sample->set_image(std::move(captured[i].png));
    sample->set_dpi(synthesis::kSampleDpi);
  }
  return biometrics;
}

v1::EnrolRequest Enrolment(const std::string& id, const v1::Biometrics& biometrics) {
  v1::EnrolRequest request;
  request.set_enrolment_id(id);
  request.set_external_ref(absl::StrCat("ref of ", id));
  *request.mutable_biometrics() = biometrics;
  return request;
}

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
template std::optional<google::rpc::RetryInfo> DetailOf(const grpc::Status& status);
template std::optional<google::rpc::BadRequest> DetailOf(const grpc::Status& status);

std::vector<std::string> BadFields(const grpc::Status& status) {
  std::vector<std::string> fields;
  const auto detail = DetailOf<google::rpc::BadRequest>(status);
  if (!detail) return fields;
  for (const auto& violation : detail->field_violations()) fields.push_back(violation.field());
  return fields;
}

std::vector<v1::WatchDecisionsResponse> Watch(v1::EnrolmentService::Stub& stub, uint64_t after,
                                              size_t count) {
  grpc::ClientContext context;
  v1::WatchDecisionsRequest request;
  request.set_after_sequence(after);
  const auto reader = stub.WatchDecisions(&context, request);
  std::vector<v1::WatchDecisionsResponse> events;
  v1::WatchDecisionsResponse event;
  while (events.size() < count && reader->Read(&event)) events.push_back(event);
  context.TryCancel();
  while (reader->Read(&event)) {
  }
  reader->Finish();
  return events;
}

void TownTest::StartServer() {
  ServerOptions options;
  options.store = store_ / "store";
  options.listen = "127.0.0.1:0";
  options.rules = rules_;
  options.faces_disabled_reason = "no face model in this test";
  options.keep_samples = keep_samples_;
  options.more_versions = more_versions_;
  auto server = Server::Start(std::move(options));
  ASSERT_THAT(server, testing::IsOk());
  server_ = *std::move(server);
  ASSERT_TRUE(server_->WaitUntilReady(absl::Seconds(30)));
  Connect(server_->address());
}

void TownTest::Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(-1);
  const auto channel =
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  enrolment_ = v1::EnrolmentService::NewStub(channel);
  identification_ = v1::IdentificationService::NewStub(channel);
  templates_ = v1::TemplateService::NewStub(channel);
  gallery_ = v1::GalleryService::NewStub(channel);
  adjudication_ = v1::AdjudicationService::NewStub(channel);
  maintenance_ = v1::MaintenanceService::NewStub(channel);
}

grpc::Status TownTest::Enrol(const v1::EnrolRequest& request, v1::Decision& decision) {
  grpc::ClientContext context;
  v1::EnrolResponse response;
  const grpc::Status status = enrolment_->Enrol(&context, request, &response);
  decision = response.decision();
  return status;
}

v1::Decision TownTest::Enrolled(const std::string& id, const v1::Biometrics& biometrics) {
  v1::Decision decision;
  const grpc::Status status = Enrol(Enrolment(id, biometrics), decision);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return decision;
}

void TownTest::Erase(const std::string& id) {
  grpc::ClientContext context;
  v1::EraseRequest request;
  request.set_enrolment_id(id);
  request.set_reason("a test");
  v1::EraseResponse response;
  ASSERT_TRUE(enrolment_->Erase(&context, request, &response).ok());
}

v1::Biometrics TownTest::Extracted(const v1::Biometrics& samples) {
  v1::Biometrics templates;
  for (const v1::Sample& sample : samples.samples()) {
    grpc::ClientContext context;
    v1::ExtractRequest request;
    *request.mutable_sample() = sample;
    v1::ExtractResponse response;
    EXPECT_TRUE(templates_->Extract(&context, request, &response).ok());
    EXPECT_GT(response.quality(), 0);
    *templates.add_templates() = response.template_();
  }
  return templates;
}

v1::GetCaseResponse TownTest::CaseOf(const std::string& id) {
  grpc::ClientContext context;
  v1::GetCaseRequest request;
  request.set_enrolment_id(id);
  v1::GetCaseResponse response;
  const grpc::Status status = adjudication_->GetCase(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

v1::Policy TownTest::SetPolicy(double duplicate, double review) {
  grpc::ClientContext context;
  v1::SetPolicyRequest request;
  request.set_llr_duplicate(duplicate);
  request.set_llr_review(review);
  request.set_reason("a test");
  v1::SetPolicyResponse response;
  const grpc::Status status = gallery_->SetPolicy(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.policy();
}

grpc::Status TownTest::StartCrossCheck(const v1::StartCrossCheckRequest& request,
                                       v1::StartCrossCheckResponse& response) {
  grpc::ClientContext context;
  return gallery_->StartCrossCheck(&context, request, &response);
}

v1::CrossCheckProgress TownTest::FollowCrossCheck(const std::string& job) {
  grpc::ClientContext context;
  v1::WatchCrossCheckRequest request;
  request.set_job(job);
  const auto reader = gallery_->WatchCrossCheck(&context, request);
  v1::CrossCheckProgress progress;
  while (reader->Read(&progress)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  return progress;
}

grpc::Status TownTest::CrossCheckResult(const std::string& job,
                                        v1::GetCrossCheckResultResponse& response) {
  grpc::ClientContext context;
  v1::GetCrossCheckResultRequest request;
  request.set_job(job);
  return gallery_->GetCrossCheckResult(&context, request, &response);
}

}  // namespace distinct::service
