// A store goes over to another template version while it is enrolled into.
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/ledger/maintenance.h"
#include "tests/engine/service/next_finger.h"
#include "tests/engine/service/template_version_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

using ::testing::HasSubstr;

TEST_F(TemplateVersionTest, EverybodyIsReExtractedAndAfterTheSwitchFoundByTheNewVersion) {
  Enrolled("ada", Prints(0, 0));
  Enrolled("bea", Prints(1, 0));
  Enrolled("ada-2", Prints(0, 1));
  EXPECT_EQ(VersionInForce(), finger::kTemplateVersion);
  Begun();
  Enrolled("cid", Prints(2, 0));
  const v1::Decision meanwhile = Enrolled("bea-2", Prints(1, 1));
  EXPECT_EQ(meanwhile.kind(), v1::DUPLICATE) << "everything is searched by the old one";
  WaitForReExtraction();
  const v1::ReportTemplateVersionResponse report = Report();
  EXPECT_EQ(report.complete(), 5u);
  EXPECT_EQ(report.staying_size(), 0);
  EXPECT_EQ(report.mated_pairs(), 2u);
  EXPECT_GT(report.neighbour_pairs(), 0u);
  for (const auto& changed : report.changed()) EXPECT_NE(changed.before(), changed.after());

  Switched(0);
  EXPECT_EQ(VersionInForce(), kNextFingerVersion);
  EXPECT_EQ(Last().phase(), v1::TemplateVersion::IN_FORCE);
  const v1::Decision again = Enrolled("ada-3", Prints(0, 2));
  EXPECT_EQ(again.kind(), v1::DUPLICATE);
  EXPECT_EQ(again.duplicate_of(), "ada");
  EXPECT_EQ(again.searched_count(), 5u);
  EXPECT_EQ(Enrolled("dan", Prints(3, 0)).kind(), v1::UNIQUE);
  Restart();
  EXPECT_EQ(VersionInForce(), kNextFingerVersion);
  EXPECT_EQ(Enrolled("dan-2", Prints(3, 1)).duplicate_of(), "dan");
  StopServer();
  EXPECT_THAT(ledger::VerifyStore({store_ / "store"}, {}), testing::IsOk());
}

TEST_F(TemplateVersionTest, AnEnrolmentAfterTheBeginBringsBothAlsoWhereNoSampleIsKept) {
  StopServer();
  keep_samples_ = false;
  StartServer();
  Begun();
  Enrolled("ada", Prints(0, 0));
  EXPECT_EQ(Report().complete(), 1u);
  WaitForReExtraction();
  Switched(0);
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 1)).duplicate_of(), "ada");
}

TEST_F(TemplateVersionTest, FromTheSwitchToTheStartNothingIsEnrolled) {
  Enrolled("ada", Prints(0, 0));
  Begun();
  WaitForReExtraction();
  ASSERT_TRUE(Switch(0).ok());
  ASSERT_TRUE(Switch(0).ok()) << "repeating it changes nothing";
  EXPECT_EQ(Last().phase(), v1::TemplateVersion::SWITCHING);
  v1::Decision decision;
  const grpc::Status status = Enrol(Enrolment("bea", Prints(1, 0)), decision);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("nothing was stored"));
  EXPECT_TRUE(DetailOf<google::rpc::RetryInfo>(status).has_value());
  Restart();
  EXPECT_EQ(Enrolled("bea", Prints(1, 0)).kind(), v1::UNIQUE);
}

TEST_F(TemplateVersionTest, WhoCannotGoOverIsNamedAndStaysFoundIfTheOperatorAccepts) {
  StopServer();
  keep_samples_ = false;
  StartServer();
  Enrolled("ada", Prints(0, 0));
  Enrolled("ada-2", Prints(0, 1));
  StopServer();
  keep_samples_ = true;
  const std::string unreadable = Prints(1, 0).samples(1).image();
  more_versions_ = {std::make_shared<NextFinger>(
      [unreadable](const Sample& sample) { return sample.image == unreadable; })};
  StartServer();
  Enrolled("bea", Prints(1, 0));
  Enrolled("cid", Prints(2, 0));
  Begun();
  EXPECT_EQ(Switch(2).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  WaitForReExtraction();

  const v1::ReportTemplateVersionResponse report = Report();
  EXPECT_EQ(report.complete(), 1u);
  EXPECT_EQ(report.no_sample_kept(), 2u);
  EXPECT_EQ(report.failed_to_extract(), 1u);
  EXPECT_EQ(report.not_yet_done(), 0u);
  ASSERT_EQ(report.staying_size(), 3);
  EXPECT_EQ(report.staying(2).enrolment_id(), "bea");
  EXPECT_EQ(report.staying(2).reason(), v1::StayingRecord::FAILED_TO_EXTRACT);
  const grpc::Status refused = Switch(2);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("got 3 records without finger version 4"));
  EXPECT_THAT(refused.error_message(), HasSubstr("ada (no sample is kept)"));
  EXPECT_EQ(Enrolled("dan", Prints(3, 0)).kind(), v1::UNIQUE) << "a refusal holds nobody up";
  WaitForReExtraction();

  Switched(3);
  EXPECT_EQ(Last().staying(), 3u);
  // Each is found in the version that it has, with everybody searched.
  const v1::Decision stayed = Enrolled("ada-3", Prints(0, 2));
  EXPECT_EQ(stayed.duplicate_of(), "ada");
  EXPECT_EQ(stayed.searched_count(), 5u);
  EXPECT_EQ(Enrolled("bea-2", Prints(1, 1)).duplicate_of(), "bea");
  EXPECT_EQ(Enrolled("cid-2", Prints(2, 1)).duplicate_of(), "cid");
  EXPECT_EQ(Enrolled("eve", Prints(4, 0)).kind(), v1::UNIQUE);
  EXPECT_EQ(Enrolled("eve-2", Prints(4, 1)).duplicate_of(), "eve");

  v1::TemplateVersion version;
  const grpc::Status next = Begin(finger::kTemplateVersion, version);
  EXPECT_EQ(next.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(next.error_message(), HasSubstr("3 records stay in an earlier one"));
  Erase("ada");
  EXPECT_EQ(Enrolled("ada-4", Prints(0, 3)).kind(), v1::UNIQUE);
  Restart();
  EXPECT_EQ(Enrolled("bea-3", Prints(1, 2)).duplicate_of(), "bea");
  Erase("bea");
  EXPECT_TRUE(Begin(finger::kTemplateVersion, version).ok());
}

TEST_F(TemplateVersionTest, ATemplateAloneIsTakenUntilTheRestNeedsMore) {
  Begun();
  Enrolled("ada", Extracted(Prints(0, 0)));
  WaitForReExtraction();
  EXPECT_EQ(Report().no_sample_kept(), 1u);
  Switched(1);
  v1::Decision decision;
  const grpc::Status refused = Enrol(Enrolment("bea", Extracted(Prints(1, 0))), decision);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("send the images"));
  EXPECT_EQ(Enrolled("ada-2", Prints(0, 1)).duplicate_of(), "ada");
}

TEST_F(TemplateVersionTest, WhatThisServerDoesNotHaveIsRefusedByName) {
  v1::TemplateVersion version;
  const grpc::Status unknown = Begin(99, version);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(unknown.error_message(),
              HasSubstr("got finger version 99, want finger version 3, finger version 4"));
  EXPECT_EQ(Begin(finger::kTemplateVersion, version).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION)
      << "it is in force";
  EXPECT_EQ(Switch(0).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  grpc::ClientContext context;
  v1::BeginTemplateVersionResponse response;
  EXPECT_THAT(BadFields(maintenance_->BeginTemplateVersion(&context, {}, &response)),
              ::testing::UnorderedElementsAre("modality", "reason"));
  Begun();
  WaitForReExtraction();
  ASSERT_TRUE(Switch(0).ok());
  StopServer();
  ServerOptions options;
  options.store = store_ / "store";
  options.listen = "127.0.0.1:0";
  EXPECT_THAT(
      Server::Start(std::move(options)),
      testing::StatusIs(absl::StatusCode::kFailedPrecondition, "finger version 4 in force"));
}

// The server of the next test, as a process of its own: of the store that the environment names.
constexpr char kStoreVariable[] = "DISTINCT_TEST_VERSION_STORE";

TEST(TemplateVersionChild, Serves) {
  const char* const store = std::getenv(kStoreVariable);
  if (store == nullptr) return;
  ServerOptions options;
  options.store = store;
  options.listen = "127.0.0.1:0";
  options.keep_samples = true;
  options.more_versions = {std::make_shared<NextFinger>()};
  const auto server = Server::Start(std::move(options));
  ASSERT_THAT(server, testing::IsOk());
  ASSERT_TRUE((*server)->WaitUntilReady(absl::Seconds(60)));
  std::printf("ready %s\n", (*server)->address().c_str());
  std::fflush(stdout);
  pause();
}

class KilledServer : public TemplateVersionTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(setenv(kStoreVariable, (store_ / "store").c_str(), 1), 0);
    Live();
  }
  void TearDown() override {
    Die();
    unsetenv(kStoreVariable);
  }

  void Live() {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      execl("/proc/self/exe", "server", "--gtest_filter=TemplateVersionChild.Serves", nullptr);
      _exit(127);
    }
    close(ends[1]);
    FILE* const out = fdopen(ends[0], "r");
    char line[256];
    std::string address;
    while (address.empty() && std::fgets(line, sizeof line, out) != nullptr) {
      char found[200];
      if (std::sscanf(line, "ready %199s", found) == 1) address = found;
    }
    std::fclose(out);
    ASSERT_FALSE(address.empty());
    Connect(address);
  }
  void Die() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid_ = 0;
};

TEST_F(KilledServer, ReExtractionGoesOnWhereAKillEndedItAndTheErasedStayErased) {
  constexpr int kPeople = 24;
  for (int p = 0; p < kPeople; ++p) {
    Enrolled(absl::StrCat("p-", p), Prints(static_cast<uint64_t>(p), 0));
  }
  Begun();
  std::mt19937 random(1);
  int kills = 0, erased = 0;
  uint64_t last = 0;
  bool within = false;  // a kill came before the end and after the beginning
  for (v1::TemplateVersion at = Last(); at.re_extracted_to() < at.head(); at = Last()) {
    EXPECT_GE(at.re_extracted_to(), last);
    last = at.re_extracted_to();
    if (kills < 6) {
      // Somebody whose turn has not come, or is now.
      if (kills % 2 == 0) Erase(absl::StrCat("p-", kPeople - 1 - erased++));
      absl::SleepFor(absl::Milliseconds(random() % 150));
      const uint64_t complete = Report(0).complete();
      within = within || (complete > 0 && complete < static_cast<uint64_t>(kPeople - erased));
      Die();
      Live();
      ++kills;
    }
  }
  EXPECT_EQ(kills, 6);
  EXPECT_TRUE(within);
  const v1::ReportTemplateVersionResponse report = Report(0);
  EXPECT_EQ(report.complete(), static_cast<uint64_t>(kPeople - erased));
  EXPECT_EQ(report.staying_size(), 0);
  ASSERT_TRUE(Switch(0).ok());
  Die();
  Live();
  EXPECT_EQ(VersionInForce(), kNextFingerVersion);
  EXPECT_EQ(Enrolled("again-0", Prints(0, 1)).duplicate_of(), "p-0");
  EXPECT_EQ(Enrolled("again-last", Prints(kPeople - 1, 1)).kind(), v1::UNIQUE) << "was erased";
}

}  // namespace
}  // namespace distinct::service
