#include "engine/enrolment/admission.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/status_matchers.h"

namespace distinct::enrolment {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;
using search::Priority;

constexpr absl::StatusCode kRefused = absl::StatusCode::kResourceExhausted;

class AdmissionTest : public ::testing::Test {
 protected:
  // Each call is of another client, unless it says of which.
  absl::StatusOr<Permit> Admit(absl::Duration work = absl::ZeroDuration()) {
    return Admit("client " + std::to_string(clients_++), work);
  }
  absl::StatusOr<Permit> Admit(const std::string& client, absl::Duration work,
                               Priority priority = Priority::kOnline) {
    return admission_.Admit({client, priority, work, true});
  }
  absl::StatusOr<Permit> AdmitBatch(absl::Duration work = absl::ZeroDuration()) {
    return Admit("batch " + std::to_string(clients_++), work, Priority::kBatch);
  }

  int clients_ = 0;
  absl::Time now_ = absl::UnixEpoch();
  Standing standing_;
  AdmissionLimits limits_ = {.requests_max = 8,
                             .batch_requests_max = 3,
                             .queued_work_max = absl::Seconds(2),
                             .extraction_threads = 2,
                             .batch_threads = 1,
                             .open_base = 10,
                             .open_per_decision = 2,
                             .window = absl::Seconds(5),
                             .batch_open_share = 0.5,
                             .lag_max = absl::Seconds(5)};
  Admission admission_{limits_, [this] { return now_; }, [this] { return standing_; }, 1};
};

TEST_F(AdmissionTest, RequestsInFlightAreBoundedAndGivenBack) {
  std::vector<absl::StatusOr<Permit>> permits;
  for (int i = 0; i < 8; ++i) permits.push_back(Admit());
  for (const auto& permit : permits) EXPECT_THAT(permit, IsOk());
  EXPECT_THAT(Admit(), StatusIs(kRefused, "requests in flight: got 8"));
  permits.pop_back();
  EXPECT_THAT(Admit(), IsOk());
}

TEST_F(AdmissionTest, AClientThatFloodsIsRefusedFirst) {
  std::vector<absl::StatusOr<Permit>> permits;
  for (int i = 0; i < 6; ++i) permits.push_back(Admit("flood", absl::ZeroDuration()));
  for (const auto& permit : permits) EXPECT_THAT(permit, IsOk());
  EXPECT_THAT(Admit("flood", absl::ZeroDuration()),
              StatusIs(kRefused, "requests of this client in flight: got 6"));
  EXPECT_THAT(Admit("another", absl::ZeroDuration()), IsOk());
}

TEST_F(AdmissionTest, AClientThatFloodsWithImagesLeavesExtractionToOthers) {
  std::vector<absl::StatusOr<Permit>> permits;
  for (int i = 0; i < 6; ++i) permits.push_back(Admit("flood", absl::Milliseconds(500)));
  for (const auto& permit : permits) EXPECT_THAT(permit, IsOk());
  permits.erase(permits.begin(), permits.begin() + 1);
  EXPECT_THAT(Admit("flood", absl::Milliseconds(1000)), StatusIs(kRefused, "extraction work"));
  EXPECT_THAT(Admit("another", absl::Milliseconds(1000)), IsOk());
}

TEST_F(AdmissionTest, ARepeatOfWhatIsStoredIsNeverRefusedButCounts) {
  std::vector<absl::StatusOr<Permit>> permits;
  for (int i = 0; i < 8; ++i) permits.push_back(Admit());
  std::optional<Permit> repeat = admission_.AdmitStored({"repeats", Priority::kOnline, {}, true});
  permits.pop_back();
  EXPECT_THAT(Admit(), StatusIs(kRefused, "this call stored nothing"));
  repeat.reset();
  EXPECT_THAT(Admit(), IsOk());
}

TEST_F(AdmissionTest, QueuedWorkIsBoundedByThreadsAndLeavesWithItsExtraction) {
  absl::StatusOr<Permit> first = Admit(absl::Seconds(3));
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Admit(absl::Seconds(2)), StatusIs(kRefused, "queued extraction work: got 5s"));
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
  EXPECT_THAT(Admit(absl::Seconds(1)), StatusIs(kRefused, "work"));
  kept.reset();
  EXPECT_THAT(Admit(absl::Seconds(1)), IsOk());
}

TEST_F(AdmissionTest, ABatchThatFloodsCostsOnlineCallsNoPlace) {
  std::vector<absl::StatusOr<Permit>> batch, online;
  while (batch.empty() || batch.back().ok()) batch.push_back(AdmitBatch(absl::Milliseconds(600)));
  EXPECT_EQ(batch.size(), 4U);
  EXPECT_THAT(batch.back(), StatusIs(kRefused, "this call stored nothing"));
  for (int i = 0; i < 8; ++i) {
    online.push_back(Admit(absl::Milliseconds(500)));
    EXPECT_THAT(online.back(), IsOk()) << i;
  }
}

TEST_F(AdmissionTest, ABatchGetsOnlyWhatOnlineCallsLeave) {
  std::vector<absl::StatusOr<Permit>> online;
  for (int i = 0; i < 7; ++i) online.push_back(Admit());
  const absl::StatusOr<Permit> last = AdmitBatch();
  EXPECT_THAT(last, IsOk());
  EXPECT_THAT(AdmitBatch(), StatusIs(kRefused, "requests in flight: got 8"));
  online.clear();
  online.push_back(Admit(absl::Milliseconds(3500)));
  EXPECT_THAT(AdmitBatch(absl::Seconds(1)), StatusIs(kRefused, "extraction work"));
  online.clear();
  EXPECT_THAT(AdmitBatch(absl::Seconds(1)), IsOk());
}

TEST_F(AdmissionTest, OpenEnrolmentsMayBeTwiceTheRecentDecisionsAndABase) {
  standing_ = {10, 100};
  EXPECT_THAT(Admit(), IsOk());
  standing_.open = 11;
  EXPECT_THAT(Admit(), StatusIs(kRefused, "open enrolments: got 11"));
  EXPECT_THAT(admission_.Admit({"searches", Priority::kOnline, {}, false}), IsOk())
      << "it appends nothing";
  now_ += absl::Seconds(1);
  standing_ = {30, 110};
  EXPECT_THAT(Admit(), IsOk()) << "ten decisions within the last seconds";
  standing_.open = 16;
  EXPECT_THAT(AdmitBatch(), StatusIs(kRefused, "want at most 15")) << "a half is for online calls";
  standing_.open = 30;
  now_ += absl::Seconds(6);
  EXPECT_THAT(Admit(), StatusIs(kRefused, "want at most 10")) << "which are long ago now";
}

TEST_F(AdmissionTest, DecisionsOfALongTimeCountByTheirRate) {
  standing_ = {0, 100};
  EXPECT_THAT(Admit(), IsOk());
  now_ += absl::Minutes(1);
  standing_ = {21, 160};  // one a second
  EXPECT_THAT(Admit(), StatusIs(kRefused, "want at most 20"));
}

TEST_F(AdmissionTest, AGalleryThatLagsForSecondsStopsWhatWouldBeAppended) {
  standing_.head = Ticket{100};
  standing_.followed = Ticket{40};
  EXPECT_THAT(Admit(), IsOk()) << "it has not been seen to lag for long";
  now_ += absl::Milliseconds(4900);
  standing_.head = Ticket{200};
  EXPECT_THAT(Admit(), IsOk());
  now_ += absl::Milliseconds(100);
  standing_.followed = Ticket{90};
  const absl::StatusOr<Permit> refused = Admit();
  EXPECT_THAT(refused, StatusIs(kRefused, "the gallery follows: got 90, want the 100 of 5s ago"));
  // 110 to follow at ten a second.
  EXPECT_GE(*RetryAfter(refused.status()), absl::Seconds(11));
  EXPECT_LE(*RetryAfter(refused.status()), absl::Seconds(22));
  EXPECT_THAT(admission_.Admit({"searches", Priority::kOnline, {}, false}), IsOk())
      << "it appends nothing";
  standing_.followed = Ticket{100};
  EXPECT_THAT(Admit(), IsOk()) << "what is younger may still come";
}

TEST_F(AdmissionTest, ARefusalCarriesASpreadRetryDelayOfTheTimeToDrain) {
  now_ += absl::Seconds(1);
  EXPECT_THAT(Admit(), IsOk());
  now_ += absl::Seconds(4);
  standing_ = {10 + 2 * 50 + 20, 50};  // 20 too many at 10 decisions a second: two seconds
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
