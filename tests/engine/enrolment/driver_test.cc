// A driver where things go wrong: a gallery that lags, a probe that cannot be processed.
#include "engine/enrolment/driver.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/simulation/town.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::enrolment {
namespace {

using ::distinct::testing::AuditOf;
using ::distinct::testing::DrawPerson;
using ::distinct::testing::IsOk;
using ::distinct::testing::kPolicy;
using ::distinct::testing::PersonTemplates;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;
using ::distinct::testing::Town;
using ledger::DecisionKind;

class DriverTest : public ::testing::Test {
 protected:
  Ticket Append(const std::string& id, PolicyVersion policy = kPolicy.version) {
    ledger::Enrolment enrolment = town_.Submission(id, DrawPerson(random_, 2));
    enrolment.policy = policy;
    return town_.ledger->Append(enrolment, std::nullopt)->state.ticket;
  }
  void Follow() {
    const auto entries = town_.ledger->Follow(town_.gallery->watermark(), 100, 1 << 20);
    ASSERT_THAT(entries, IsOk());
    for (const ledger::Entry& entry : *entries) {
      ASSERT_THAT(town_.gallery->Add(entry.ticket, entry.templates), IsOk());
    }
  }
  absl::StatusOr<ledger::State> Drive(Ticket n, absl::Time deadline) {
    DriveReport report;
    return driver_.DriveAgain(n, deadline, report);
  }

  TempDir folder_;
  std::mt19937_64 random_{1};
  Town town_{folder_ / "store", false};
  WriteWatch writes_;
  Driver driver_{*town_.ledger, *town_.gallery, *town_.cascade, kPolicy, writes_, SystemClock()};
};

TEST_F(DriverTest, AGalleryThatLagsLeavesTheEnrolmentOpenHoweverOftenItIsTried) {
  Append("e-1");
  const Ticket n = Append("e-2");
  for (int i = 0; i < 2 * kFailedAttemptsMax; ++i) {
    EXPECT_THAT(Drive(n, absl::Now()), StatusIs(absl::StatusCode::kUnavailable, "gallery: got"));
  }
  EXPECT_EQ(town_.ledger->StateOf(n)->decision.kind, DecisionKind::kOpen);
  Follow();
  EXPECT_EQ(Drive(n, absl::InfiniteFuture())->decision.kind, DecisionKind::kUnique);
}

TEST_F(DriverTest, AProbeThatFailsThreeTimesGoesToReview) {
  const Ticket n = Append("e-1", PolicyVersion{9});
  for (int i = 0; i < kFailedAttemptsMax; ++i) {
    EXPECT_THAT(Drive(n, absl::InfiniteFuture()),
                StatusIs(absl::StatusCode::kFailedPrecondition, "policy version 9"));
  }
  const auto state = Drive(n, absl::InfiniteFuture());
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->decision.kind, DecisionKind::kReview);
  EXPECT_EQ(state->decision.findings.at(0).code, "PROCESSING_FAILED");
}

TEST_F(DriverTest, AnAttemptThatACrashEndedCountsToo) {
  const Ticket n = Append("e-1");
  // What three processes left behind that died while driving.
  for (int i = 0; i < kFailedAttemptsMax; ++i) {
    ASSERT_THAT(town_.ledger->CountFailedAttempt(n), IsOk());
  }
  EXPECT_EQ(Drive(n, absl::InfiniteFuture())->decision.kind, DecisionKind::kReview);
}

TEST_F(DriverTest, WhoWaitsForAFailingEnrolmentIsToldToComeAgainAndStaysOpen) {
  const PersonTemplates person = DrawPerson(random_, 2);
  ledger::Enrolment first = town_.Submission("e-1", person);
  first.policy = PolicyVersion{9};
  ASSERT_THAT(town_.ledger->Append(first, std::nullopt), IsOk());
  ledger::Enrolment second = town_.Submission("e-2", person);
  second.policy = kPolicy.version;
  const Ticket n = town_.ledger->Append(second, std::nullopt)->state.ticket;
  Follow();
  for (int i = 0; i < kFailedAttemptsMax; ++i) {
    EXPECT_THAT(Drive(n, absl::InfiniteFuture()),
                StatusIs(absl::StatusCode::kUnavailable, "number 2 waits for number 1"));
  }
  const auto state = Drive(n, absl::InfiniteFuture());
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->decision.kind, DecisionKind::kReview) << "its match is in review now";
  EXPECT_EQ(town_.ledger->StateOf(Ticket{1})->decision.kind, DecisionKind::kReview);
}

TEST_F(DriverTest, AnErasedEnrolmentIsAnsweredAsWithdrawn) {
  const Ticket n = Append("e-1");
  ASSERT_THAT(town_.ledger->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  EXPECT_EQ(Drive(n, absl::InfiniteFuture())->decision.kind, DecisionKind::kWithdrawn);
}

}  // namespace
}  // namespace distinct::enrolment
