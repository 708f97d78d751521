#include "engine/enrolment/admission.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <vector>

#include "tests/support/status_matchers.h"

namespace distinct::enrolment {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

class AdmissionTest : public ::testing::Test {
 protected:
  absl::StatusOr<Permit> Admit(absl::Duration work = absl::ZeroDuration()) {
    return admission_.Admit(work);
  }

  absl::Time now_ = absl::UnixEpoch();
  DecisionLoad load_;
  AdmissionLimits limits_ = {.requests_max = 3,
                             .queued_work_max = absl::Seconds(2),
                             .extraction_threads = 2,
                             .open_base = 10,
                             .open_per_decision = 2,
                             .decision_window = absl::Seconds(5)};
  Admission admission_{limits_, [this] { return now_; }, [this] { return load_; }, 1};
};

TEST_F(AdmissionTest, RequestsInFlightAreBoundedAndGivenBack) {
  std::vector<absl::StatusOr<Permit>> permits;
  for (int i = 0; i < 3; ++i) permits.push_back(Admit());
  for (const auto& permit : permits) EXPECT_THAT(permit, IsOk());
  EXPECT_THAT(Admit(), StatusIs(absl::StatusCode::kResourceExhausted, "requests in flight: got 3"));
  permits.pop_back();
  EXPECT_THAT(Admit(), IsOk());
}

TEST_F(AdmissionTest, ARepeatOfWhatIsStoredIsNeverRefusedButCounts) {
  std::vector<absl::StatusOr<Permit>> permits;
  for (int i = 0; i < 3; ++i) permits.push_back(Admit());
  std::optional<Permit> repeat = admission_.AdmitStored();
  permits.pop_back();
  EXPECT_THAT(Admit(), StatusIs(absl::StatusCode::kResourceExhausted, "this call stored nothing"));
  repeat.reset();
  EXPECT_THAT(Admit(), IsOk());
}

TEST_F(AdmissionTest, QueuedWorkIsBoundedByThreadsAndLeavesWithItsExtraction) {
  absl::StatusOr<Permit> first = Admit(absl::Seconds(3));
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Admit(absl::Seconds(2)),
              StatusIs(absl::StatusCode::kResourceExhausted, "queued extraction work: got 5s"));
  EXPECT_THAT(Admit(), IsOk()) << "templates need no extraction";
  first->ExtractionDone();
  EXPECT_THAT(Admit(absl::Seconds(4)), IsOk());
}

TEST_F(AdmissionTest, ARequestLargerThanTheBudgetIsAdmittedWhenNothingWaits) {
  EXPECT_THAT(Admit(absl::Minutes(1)), IsOk());
}

TEST_F(AdmissionTest, MovedPermitsGiveBackOnce) {
  std::optional<Permit> kept;
  {
    absl::StatusOr<Permit> permit = Admit(absl::Seconds(4));
    kept = *std::move(permit);
  }
  EXPECT_THAT(Admit(absl::Seconds(1)), StatusIs(absl::StatusCode::kResourceExhausted, "work"));
  kept.reset();
  EXPECT_THAT(Admit(absl::Seconds(1)), IsOk());
}

TEST_F(AdmissionTest, OpenEnrolmentsMayBeTwiceTheRecentDecisionsAndABase) {
  load_ = {10, 100};
  EXPECT_THAT(Admit(), IsOk());
  load_.open = 11;
  EXPECT_THAT(Admit(), StatusIs(absl::StatusCode::kResourceExhausted, "open enrolments: got 11"));
  now_ += absl::Seconds(1);
  load_ = {30, 110};
  EXPECT_THAT(Admit(), IsOk()) << "ten decisions within the last seconds";
  now_ += absl::Seconds(6);
  EXPECT_THAT(Admit(), StatusIs(absl::StatusCode::kResourceExhausted, "want at most 10"))
      << "which are long ago now";
}

TEST_F(AdmissionTest, ARefusalCarriesASpreadRetryDelayOfTheTimeToDrain) {
  now_ += absl::Seconds(1);
  EXPECT_THAT(Admit(), IsOk());
  now_ += absl::Seconds(4);
  load_ = {10 + 2 * 50 + 20, 50};  // 20 too many at 10 decisions a second: two seconds
  std::set<absl::Duration> delays;
  for (int i = 0; i < 50; ++i) {
    const absl::StatusOr<Permit> refused = Admit();
    const std::optional<absl::Duration> delay = RetryAfter(refused.status());
    ASSERT_TRUE(delay.has_value());
    EXPECT_GE(*delay, absl::Seconds(2));
    EXPECT_LE(*delay, absl::Seconds(4));
    delays.insert(*delay);
  }
  EXPECT_GT(delays.size(), 25u);
  EXPECT_EQ(RetryAfter(absl::InternalError("x")), std::nullopt);
}

}  // namespace
}  // namespace distinct::enrolment
