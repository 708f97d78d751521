#include "engine/service/re_extraction.h"

#include <gmock/gmock.h>

#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/conformance/ledger_fixture.h"
#include "tests/engine/service/next_finger.h"
#include "tests/support/status_matchers.h"

namespace distinct::service {
namespace {

using ::distinct::testing::AppendOne;
using ::distinct::testing::AuditOf;
using ::distinct::testing::DecideOne;
using ::distinct::testing::IsOk;
using ::distinct::testing::kNextFingerVersion;
using ::distinct::testing::NewEnrolment;
using ::distinct::testing::NextFinger;
using ::distinct::testing::OpenLedger;
using ::distinct::testing::TempDir;

struct Extracted {
  absl::Time begin, end;
};

// A store of one person with three kept samples, of which the next version makes nothing.
class ReExtractionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ledger::Enrolment enrolment = NewEnrolment(*ledger_, "ada");
    enrolment.templates = {{Position::kRightThumb, finger::kTemplateVersion, Quality{80}, "ada"}};
    enrolment.samples = std::make_shared<const ledger::KeptSamples>(
        ledger::KeptSamples(3, ledger::KeptSample{Position::kRightThumb, 500, "an image"}));
    const auto appended = ledger_->Append(std::move(enrolment), std::nullopt);
    ASSERT_THAT(appended, IsOk());
    DecideOne(*ledger_, appended->state.ticket, ledger::DecisionKind::kUnique);
    const auto begun = ledger_->BeginVersion(
        {"finger", finger::kTemplateVersion, kNextFingerVersion, kNoTicket, kNoTicket, {}},
        AuditOf("BEGIN"));
    ASSERT_THAT(begun, IsOk());
    modalities_.Add(finger::CreateFingerModality());
    modalities_.Add(std::make_shared<NextFinger>([this](const Sample&) {
      const absl::Time begin = absl::Now();
      while (absl::Now() < begin + absl::Milliseconds(20)) {
      }
      absl::MutexLock lock(&mu_);
      extracted_.push_back({begin, absl::Now()});
      return true;
    }));
  }

  // Those that are done once there are so many.
  std::vector<Extracted> WaitFor(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return extracted_.size() >= count;
    };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(60)));
    return extracted_;
  }

  TempDir folder_;
  std::unique_ptr<ledger::Ledger> ledger_ = OpenLedger(folder_ / "store");
  enrolment::WriteWatch writes_;
  Modalities modalities_;
  absl::Mutex mu_;
  std::vector<Extracted> extracted_ ABSL_GUARDED_BY(mu_);
};

TEST_F(ReExtractionTest, LeavesHalfOfTheTimeToOthers) {
  const ReExtraction running(*ledger_, writes_, modalities_);
  const std::vector<Extracted> extracted = WaitFor(3);
  for (size_t i = 1; i < extracted.size(); ++i) {
    const Extracted& before = extracted[i - 1];
    EXPECT_GE(extracted[i].begin - before.end, before.end - before.begin);
  }
}

TEST_F(ReExtractionTest, GivesWayToWhatIsOpenForASecondASample) {
  constexpr absl::Duration kYields = absl::Seconds(1);
  AppendOne(*ledger_, "bea");
  const absl::Time started = absl::Now();
  const ReExtraction running(*ledger_, writes_, modalities_);
  const std::vector<Extracted> extracted = WaitFor(2);
  EXPECT_GE(extracted[0].begin - started, kYields);
  EXPECT_GE(extracted[1].begin - extracted[0].end, kYields);
}

}  // namespace
}  // namespace distinct::service
