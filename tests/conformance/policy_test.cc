// Policies: numbered entries that rule what is appended after them, and nothing before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/ledger_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::ledger {
namespace {

using ::distinct::testing::AppendOne;
using ::distinct::testing::AuditOf;
using ::distinct::testing::IsOk;
using ::distinct::testing::NewEnrolment;
using ::distinct::testing::OpenLedger;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;
using ::testing::IsEmpty;

class PolicyConformance : public ::testing::Test {
 protected:
  void Reopen() {
    ledger_.reset();
    ledger_ = OpenLedger(folder_ / "store");
  }
  absl::StatusOr<PolicyRecord> Set(float duplicate, float review) {
    return ledger_->SetPolicy({{}, Llr{duplicate}, Llr{review}},
                              {"POLICY", "CN=operator", "more people", ""});
  }
  PolicyVersion StampOf(Ticket ticket) { return ledger_->Read(ticket)->policy; }

  TempDir folder_;
  std::unique_ptr<Ledger> ledger_ = OpenLedger(folder_ / "store");
};

TEST_F(PolicyConformance, ANewStoreHasTheFirstPolicy) {
  EXPECT_EQ(ledger_->policy(), kFirstPolicy);
  EXPECT_EQ(ledger_->policies()->size(), 1u);
  EXPECT_EQ(ledger_->policies()->front().number, kNoTicket);
  EXPECT_EQ(*ledger_->PolicyOf(PolicyVersion{1}), kFirstPolicy);
  EXPECT_THAT(ledger_->PolicyOf(PolicyVersion{2}),
              StatusIs(absl::StatusCode::kNotFound, "got version 2, want 1 to 1"));
  EXPECT_THAT(ledger_->PolicyOf(PolicyVersion{0}), StatusIs(absl::StatusCode::kNotFound, ""));
}

TEST_F(PolicyConformance, APolicyIsANumberAndRulesTheLargerOnesAlsoAfterARestart) {
  AppendOne(*ledger_, "e-1");
  const auto set = Set(20, 9);
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->policy.version, PolicyVersion{2});
  EXPECT_EQ(set->number, Ticket{2});
  EXPECT_EQ(AppendOne(*ledger_, "e-3"), Ticket{3});
  ASSERT_THAT(Set(30, 10), IsOk());
  AppendOne(*ledger_, "e-5");
  for (int restarted = 0; restarted < 2; ++restarted) {
    EXPECT_EQ(StampOf(Ticket{1}), PolicyVersion{1});
    EXPECT_EQ(StampOf(Ticket{3}), PolicyVersion{2});
    EXPECT_EQ(StampOf(Ticket{5}), PolicyVersion{3});
    EXPECT_EQ(ledger_->policy(), (Policy{PolicyVersion{3}, Llr{30}, Llr{10}}));
    EXPECT_EQ(*ledger_->PolicyOf(PolicyVersion{2}), (Policy{PolicyVersion{2}, Llr{20}, Llr{9}}));
    ASSERT_EQ(ledger_->policies()->size(), 3u);
    const PolicyRecord& second = (*ledger_->policies())[1];
    EXPECT_EQ(second.number, Ticket{2});
    EXPECT_EQ(second.caller, "CN=operator");
    EXPECT_EQ(second.reason, "more people");
    EXPECT_EQ(second.set_at, set->set_at);
    Reopen();
  }
}

TEST_F(PolicyConformance, AFollowerSeesANumberWithoutTemplates) {
  ASSERT_THAT(Set(20, 9), IsOk());
  const auto entries = ledger_->Follow(kNoTicket, 10, 1 << 20);
  ASSERT_THAT(entries, IsOk());
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->front().kind, EntryKind::kPolicy);
  EXPECT_THAT(entries->front().templates, IsEmpty());
  EXPECT_THAT(entries->front().closed, IsEmpty());
  EXPECT_THAT(ledger_->Read(Ticket{1}), StatusIs(absl::StatusCode::kNotFound, ""));
}

TEST_F(PolicyConformance, TheCallersStampIsNotTaken) {
  Enrolment enrolment = NewEnrolment(*ledger_, "e-1");
  enrolment.policy = PolicyVersion{9};
  const auto appended = ledger_->Append(enrolment, std::nullopt);
  ASSERT_THAT(appended, IsOk());
  EXPECT_EQ(appended->policy, PolicyVersion{1});
  EXPECT_EQ(StampOf(Ticket{1}), PolicyVersion{1});
}

TEST_F(PolicyConformance, SettingWhatIsInForceAgainChangesNothing) {
  ASSERT_THAT(Set(kFirstPolicy.duplicate.value, kFirstPolicy.review.value), IsOk());
  EXPECT_EQ(ledger_->head(), kNoTicket);
  ASSERT_THAT(Set(20, 9), IsOk());
  const auto again = Set(20, 9);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->policy.version, PolicyVersion{2});
  EXPECT_EQ(again->number, Ticket{1});
  EXPECT_EQ(ledger_->head(), Ticket{1});
  EXPECT_EQ(Set(13.8F, 6.9F)->policy.version, PolicyVersion{3}) << "back is a change too";
}

TEST_F(PolicyConformance, ThresholdsThatLeaveNoOrderAreRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<std::pair<float, float>> bad = {{6, 7},   {7, 7},   {7, 0},      {7, -1},
                                                    {nan, 1}, {7, nan}, {1001, 900}, {infinity, 1}};
  for (const auto& [duplicate, review] : bad) {
    EXPECT_THAT(Set(duplicate, review),
                StatusIs(absl::StatusCode::kInvalidArgument, "want 0 < review < duplicate"));
  }
  EXPECT_EQ(ledger_->head(), kNoTicket);
  EXPECT_THAT(Set(1000, 999), IsOk());
}

TEST_F(PolicyConformance, EveryAppendThatRacesIsStampedWithThePolicyOfItsNumber) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) AppendOne(*ledger_, absl::StrCat("e-", t, "-", i));
    });
  }
  for (int i = 0; i < 10; ++i) {
    ASSERT_THAT(Set(20.F + static_cast<float>(i), 9), IsOk());
  }
  for (std::thread& thread : threads) thread.join();
  Reopen();  // which checks it too
  const auto states = ledger_->List(kNoTicket, 1000);
  ASSERT_THAT(states, IsOk());
  EXPECT_EQ(states->size(), 100u);
  for (const State& state : *states) {
    PolicyVersion want{1};
    for (const PolicyRecord& record : *ledger_->policies()) {
      if (record.number < state.ticket) want = record.policy.version;
    }
    EXPECT_EQ(StampOf(state.ticket), want) << Number(state.ticket);
  }
}

}  // namespace
}  // namespace distinct::ledger
