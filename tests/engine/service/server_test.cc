#include "engine/service/server.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/engine/service/call_by_name.h"
#include "tests/engine/service/town_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

ServerOptions OptionsOf(const std::filesystem::path& store) {
  ServerOptions options;
  options.store = store;
  options.listen = "127.0.0.1:0";
  return options;
}

TEST_F(TownTest, StatusTellsWhatIsHeldAndWhatIsNot) {
  Enrolled("ada", Prints(0, 0));
  Enrolled("ada-2", Prints(0, 1));
  v1::GetStatusResponse status;
  // A number is decided on those before it; the gallery follows it itself a moment later.
  for (const absl::Time limit = absl::Now() + absl::Seconds(20);
       status.followed() < 2 && absl::Now() < limit;) {
    grpc::ClientContext context;
    ASSERT_TRUE(gallery_->GetStatus(&context, v1::GetStatusRequest(), &status).ok());
  }
  EXPECT_TRUE(status.ready());
  EXPECT_EQ(status.references().unique(), 1);
  EXPECT_EQ(status.references().duplicate(), 1);
  EXPECT_EQ(status.followed(), 2);
  EXPECT_EQ(status.head(), 2);
  EXPECT_GT(status.bytes().gallery(), 0);
  EXPECT_GT(status.bytes().resident(), 0);
  ASSERT_EQ(status.modalities_size(), 2);
  EXPECT_TRUE(status.modalities(0).enabled());
  EXPECT_EQ(status.modalities(1).name(), "face");
  EXPECT_FALSE(status.modalities(1).enabled());
  EXPECT_EQ(status.modalities(1).reason(), "no face model in this test");
  EXPECT_FALSE(status.cpu_level().empty());
  EXPECT_GT(status.llr_duplicate(), status.llr_review());
}

TEST_F(TownTest, ListsInOrderByPageKindAndTag) {
  for (int i = 0; i < 3; ++i)
    Enrolled("p" + std::to_string(i), Prints(static_cast<uint64_t>(i), 0));
  Enrolled("p0-again", Prints(0, 1));
  v1::ListReferencesRequest request;
  request.set_page_size(2);
  std::vector<std::string> listed;
  int pages = 0;
  do {
    grpc::ClientContext context;
    v1::ListReferencesResponse response;
    ASSERT_TRUE(gallery_->ListReferences(&context, request, &response).ok());
    for (const auto& reference : response.references()) listed.push_back(reference.enrolment_id());
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(listed, ::testing::ElementsAre("p0", "p1", "p2", "p0-again"));
  EXPECT_EQ(pages, 2);

  request.add_kinds(v1::DUPLICATE);
  grpc::ClientContext context;
  v1::ListReferencesResponse duplicates;
  ASSERT_TRUE(gallery_->ListReferences(&context, request, &duplicates).ok());
  ASSERT_EQ(duplicates.references_size(), 1);
  EXPECT_EQ(duplicates.references(0).duplicate_of(), "p0");
}

TEST_F(TownTest, AStoreIsServedOnce) {
  EXPECT_THAT(Server::Start(OptionsOf(store_ / "store")),
              testing::StatusIs(absl::StatusCode::kFailedPrecondition, ""));
}

TEST_F(TownTest, AnAddressIsServedOnce) {
  ServerOptions options = OptionsOf(store_ / "other");
  options.listen = server_->address();
  EXPECT_THAT(Server::Start(std::move(options)),
              testing::StatusIs(absl::StatusCode::kUnavailable, "choose another port"));
}

TEST(Server, RefusesAModelThatIsNotThePinnedOne) {
  const testing::TempDir store;
  ServerOptions options = OptionsOf(store / "store");
  options.face_models = FaceModelBytes{"not", "the", "models"};
  EXPECT_THAT(Server::Start(std::move(options)),
              testing::StatusIs(absl::StatusCode::kFailedPrecondition, "sha256"));
}

TEST_F(TownTest, EveryServiceIsHealthyByName) {
  for (const char* name : {"", "distinct.v1.EnrolmentService", "distinct.v1.IdentificationService",
                           "distinct.v1.TemplateService", "distinct.v1.GalleryService",
                           "distinct.v1.MaintenanceService"}) {
    std::string answer;
    EXPECT_EQ(HealthOf(server_->address(), name, answer), grpc::StatusCode::OK) << name;
    EXPECT_EQ(answer, "\x08\x01") << name;  // status = 1: SERVING
  }
  std::string answer;
  EXPECT_EQ(HealthOf(server_->address(), "distinct.v1.NoService", answer),
            grpc::StatusCode::NOT_FOUND);
}

// While it lives no file of this process grows beyond `bytes`: a disk that becomes full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(uintmax_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
  }
  ~FileSizeLimit() { EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0); }

 private:
  rlimit before_ = {};
};

uintmax_t LargestFileBytes(const std::filesystem::path& folder) {
  uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    bytes = std::max(bytes, file.file_size());
  }
  return bytes;
}

bool BecomesUnhealthy(const std::string& address) {
  for (const absl::Time limit = absl::Now() + absl::Seconds(10); absl::Now() < limit;) {
    std::string answer;
    HealthOf(address, "distinct.v1.EnrolmentService", answer);
    if (answer == "\x08\x02") return true;  // status = 2: NOT_SERVING
  }
  return false;
}

// Some 16 KiB in the store.
v1::EnrolRequest LargeEnrolment(const std::string& id) {
  v1::EnrolRequest request = Enrolment(id, Prints(1, 0));
  for (int i = 10; i < 42; ++i) {
    (*request.mutable_metadata())[std::string(250, 'k') + std::to_string(i)] =
        std::string(256, 'v');
  }
  return request;
}

TEST_F(TownTest, AStoreThatCannotWriteStopsTheServerAndOnlyANewStartHelps) {
  v1::Decision decision;
  EXPECT_THAT(server_->failure(), testing::IsOk());
  v1::EnrolRequest late;
  {
    const FileSizeLimit full(LargestFileBytes(store_ / "store") + (64 << 10));
    grpc::Status refused;
    for (int i = 0; i < 100 && refused.ok(); ++i) {
      late = LargeEnrolment(absl::StrCat("late-", i));
      refused = Enrol(late, decision);
    }
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(refused.error_message(), ::testing::HasSubstr("may be stored or not"));
  }
  EXPECT_FALSE(server_->failure().ok());
  EXPECT_TRUE(BecomesUnhealthy(server_->address()));
  grpc::ClientContext context;
  v1::GetStatusResponse status;
  ASSERT_TRUE(gallery_->GetStatus(&context, v1::GetStatusRequest(), &status).ok());
  EXPECT_FALSE(status.ready());
  EXPECT_EQ(Enrol(late, decision).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Enrol(LargeEnrolment("late-0"), decision).ok()) << "decided before";

  StopServer();
  StartServer();
  EXPECT_TRUE(Enrol(late, decision).ok());
}

grpc::StatusCode ReflectionOf(const std::string& address) {
  std::string services;
  const std::string list_services("\x3a\x00", 2);  // ServerReflectionRequest, field 7: ""
  return CallByName(address, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                    list_services, services);
}

TEST_F(TownTest, ReflectionIsOffUntilAskedFor) {
  EXPECT_EQ(ReflectionOf(server_->address()), grpc::StatusCode::UNIMPLEMENTED);
  ServerOptions options = OptionsOf(store_ / "other");
  options.reflection = true;
  const auto server = Server::Start(std::move(options));
  ASSERT_THAT(server, testing::IsOk());
  EXPECT_EQ(ReflectionOf((*server)->address()), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace distinct::service
