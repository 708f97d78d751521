// Template versions in the ledger: who has which, when one may be put in force, and that an erased
// person gets nothing any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/conformance/ledger_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::ledger {
namespace {

using ::distinct::testing::AppendOne;
using ::distinct::testing::AuditOf;
using ::distinct::testing::DecideOne;
using ::distinct::testing::IsOk;
using ::distinct::testing::NewEnrolment;
using ::distinct::testing::OpenLedger;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class VersionConformance : public ::testing::Test {
 protected:
  void Reopen() {
    ledger_.reset();
    ledger_ = OpenLedger(folder_ / "store");
  }
  Template Finger(uint32_t version) {
    return {Position::kRightIndex, version, Quality{80}, "of version " + std::to_string(version)};
  }
  // UNIQUE, with these templates and a kept sample.
  Ticket Person(const std::string& id, const std::vector<uint32_t>& versions) {
    Enrolment enrolment = NewEnrolment(*ledger_, id);
    enrolment.templates.clear();
    for (const uint32_t version : versions) enrolment.templates.push_back(Finger(version));
    enrolment.samples = std::make_shared<const KeptSamples>(
        KeptSamples{{Position::kRightIndex, 500, "image of " + id + std::string(40'000, '.')}});
    const auto appended = ledger_->Append(enrolment, std::nullopt);
    CHECK(appended.ok());
    DecideOne(*ledger_, appended->state.ticket, DecisionKind::kUnique);
    return appended->state.ticket;
  }
  absl::Status Begin(uint32_t from = 1, uint32_t to = 2) {
    return ledger_->BeginVersion({"finger", from, to, kNoTicket, kNoTicket, {}}, AuditOf("BEGIN"))
        .status();
  }
  absl::Status Switch(std::vector<Ticket> staying = {}, Ticket scanned = kNoTicket) {
    return ledger_->SwitchVersion({"finger", 2, scanned, std::move(staying)}, AuditOf("SWITCH"))
        .status();
  }

  TempDir folder_;
  std::unique_ptr<Ledger> ledger_ = OpenLedger(folder_ / "store");
};

TEST_F(VersionConformance, KeptSamplesAreReadBackAndGoWithThePerson) {
  const Ticket kept = Person("e-1", {1});
  const Ticket bare = AppendOne(*ledger_, "e-2");
  for (int start = 0; start < 2; ++start) {
    const auto samples = ledger_->SamplesOf(kept);
    ASSERT_THAT(samples, IsOk());
    ASSERT_EQ(samples->size(), 1u);
    EXPECT_EQ(samples->front().position, Position::kRightIndex);
    EXPECT_EQ(samples->front().dpi, 500);
    EXPECT_TRUE(samples->front().image.starts_with("image of e-1"));
    EXPECT_THAT(*ledger_->SamplesOf(bare), IsEmpty());
    Reopen();
  }
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  Reopen();
  EXPECT_THAT(*ledger_->SamplesOf(kept), IsEmpty());
}

TEST_F(VersionConformance, WhatLacksTheVersionIsAddedOnceAndReadBack) {
  const Ticket n = Person("e-1", {1});
  EXPECT_EQ(*ledger_->AddVersionTemplates(n, {Finger(2)}), false) << "none was begun";
  ASSERT_THAT(Begin(), IsOk());
  ASSERT_THAT(Begin(), IsOk()) << "again";
  EXPECT_EQ(ledger_->versions()->size(), 1u);
  EXPECT_THAT(ledger_->ScanVersion(kNoTicket)->lacking, ElementsAre(n));
  EXPECT_EQ(*ledger_->AddVersionTemplates(n, {}), false) << "still lacks it";
  EXPECT_EQ(*ledger_->AddVersionTemplates(n, {Finger(2)}), true);
  EXPECT_EQ(*ledger_->AddVersionTemplates(n, {Finger(2)}), false) << "again";
  Reopen();
  const auto read = ledger_->Read(n);
  ASSERT_EQ(read->templates.size(), 2u);
  EXPECT_EQ(read->templates[0].bytes, "of version 1");
  EXPECT_EQ(read->templates[1].bytes, "of version 2");
  EXPECT_THAT(ledger_->ScanVersion(kNoTicket)->lacking, IsEmpty());
  EXPECT_THAT(ledger_->ScanVersion(kNoTicket)->complete, ElementsAre(n));
  EXPECT_TRUE(ledger_->SamplesOf(n)->front().image.starts_with("image")) << "under the same key";
}

TEST_F(VersionConformance, TheErasedGetNothingAnyMore) {
  const Ticket n = Person("e-1", {1});
  ASSERT_THAT(Begin(), IsOk());
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  EXPECT_EQ(*ledger_->AddVersionTemplates(n, {Finger(2)}), false);
  EXPECT_THAT(ledger_->Read(n)->templates, IsEmpty());
  Reopen();
  EXPECT_THAT(ledger_->Read(n)->templates, IsEmpty());
}

TEST_F(VersionConformance, ASwitchWantsNobodyOpenAndEverybodyGoneOverOrListed) {
  EXPECT_THAT(Switch(), StatusIs(absl::StatusCode::kFailedPrecondition, "begin it first"));
  const Ticket old = Person("e-1", {1});
  ASSERT_THAT(Begin(), IsOk());
  const Ticket open = AppendOne(*ledger_, "e-2");
  EXPECT_THAT(Switch({old, open}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "1 enrolments that are OPEN"));
  ASSERT_THAT(ledger_->HoldAppends(true), IsOk());
  EXPECT_THAT(ledger_->Append(NewEnrolment(*ledger_, "e-3"), std::nullopt),
              StatusIs(absl::StatusCode::kUnavailable, "nothing was stored"));
  ASSERT_THAT(ledger_->HoldAppends(false), IsOk());
  DecideOne(*ledger_, open, DecisionKind::kUnique);
  EXPECT_THAT(Switch({old}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "got number 3 without"));
  EXPECT_THAT(Switch({open}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "got number 1 without"));
  EXPECT_EQ(ledger_->versions()->back().switched_at, kNoTicket);

  ASSERT_THAT(Switch({old, open}), IsOk());
  ASSERT_THAT(Switch(), IsOk()) << "again";
  EXPECT_TRUE(ledger_->switched());
  EXPECT_THAT(ledger_->Append(NewEnrolment(*ledger_, "e-3"), std::nullopt),
              StatusIs(absl::StatusCode::kUnavailable, "nothing was stored"));
  Reopen();
  EXPECT_FALSE(ledger_->switched());
  EXPECT_EQ(ledger_->versions()->back().switched_at, Ticket{4});
  EXPECT_THAT(ledger_->versions()->back().staying, ElementsAre(old, open));
  EXPECT_THAT(ledger_->Append(NewEnrolment(*ledger_, "e-3"), std::nullopt),
              StatusIs(absl::StatusCode::kFailedPrecondition, "extract the samples again"));
  Person("e-3", {2});
  Person("e-4", {1, 2});
}

TEST_F(VersionConformance, TheNextWaitsUntilNobodyStaysInTheOneBefore) {
  const Ticket old = Person("e-1", {1});
  ASSERT_THAT(Begin(), IsOk());
  EXPECT_THAT(Begin(1, 3), StatusIs(absl::StatusCode::kFailedPrecondition, "one at a time"));
  ASSERT_THAT(Switch({old}), IsOk());
  Reopen();
  EXPECT_THAT(Begin(2, 3), StatusIs(absl::StatusCode::kFailedPrecondition, "1 records stay"));
  ASSERT_THAT(ledger_->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  ASSERT_THAT(Begin(2, 3), IsOk());
  Reopen();
  EXPECT_EQ(ledger_->versions()->size(), 2u);
}

TEST_F(VersionConformance, TheVersionsAreToldBeforeTheFirstEntry) {
  Person("e-1", {1, 2});
  ASSERT_THAT(Begin(), IsOk());
  ASSERT_THAT(Switch(), IsOk());
  ledger_.reset();
  std::vector<VersionRecord> told;
  bool before = false;
  LedgerOptions options;
  options.on_versions = [&](const std::vector<VersionRecord>& versions) {
    told = versions;
    return absl::OkStatus();
  };
  options.on_entries = [&](const std::vector<Entry>&) {
    before = !told.empty();
    return absl::OkStatus();
  };
  ASSERT_THAT(Ledger::Open(folder_ / "store", options), IsOk());
  EXPECT_TRUE(before);
  EXPECT_EQ(told.at(0).to, 2u);
}

}  // namespace
}  // namespace distinct::ledger
