// A store of schema 1, templates in the clear, becomes one of today's, also after a stop.
#include "engine/ledger/migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ledger/checksum.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/ledger.h"
#include "engine/ledger/maintenance.h"
#include "engine/ledger/store.h"
#include "tests/conformance/ledger_fixture.h"
#include "tests/engine/ledger/raw_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::ledger {
namespace {

namespace fs = std::filesystem;
using ::distinct::testing::AppendOne;
using ::distinct::testing::DecideOne;
using ::distinct::testing::IsOk;
using ::distinct::testing::NewEnrolment;
using ::distinct::testing::OpenLedger;
using ::distinct::testing::RawStore;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;
using ::testing::IsEmpty;
using ::testing::Not;

// Whether any file in `folder` holds `text`.
std::vector<std::string> FilesWith(const fs::path& folder, const std::string& text) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (bytes.find(text) != std::string::npos) names.push_back(entry.path().filename().string());
  }
  return names;
}

TEST(LedgerMigration, AStoreThatTheOldVersionWroteIsReadWithNothingLostAndNothingInTheClear) {
  const TempDir folder;
  const fs::path store = folder / "store";
  fs::copy(fs::path(DISTINCT_GOLDEN) / "ledger_schema_1", store);
  fs::remove(store / "README.md");
  ASSERT_THAT(FilesWith(store, "template of e-1"), Not(IsEmpty()));
  EXPECT_THAT(VerifyStore({store}, {}), StatusIs(absl::StatusCode::kFailedPrecondition, "earlier"));
  EXPECT_THAT(BackUpStore(store, folder / "backups"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "earlier"));
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store);
    EXPECT_EQ(ledger->head(), Ticket{5});
    EXPECT_EQ(ledger->StateOf(Ticket{2})->decision.original, Ticket{1});
    EXPECT_EQ(ledger->Read(Ticket{1})->templates.at(0).bytes, "template of e-1");
    EXPECT_EQ(ledger->Read(Ticket{4})->templates.at(0).bytes, "template of e-4");
    EXPECT_THAT(ledger->Read(Ticket{3})->templates, IsEmpty());
    EXPECT_EQ(ledger->Tagged("north")->size(), 1u);
    EXPECT_EQ(AppendOne(*ledger, "e-6"), Ticket{6});
  }
  EXPECT_THAT(FilesWith(store, "template of"), IsEmpty());
  EXPECT_THAT(VerifyStore({store}, {}), IsOk());
}

// Undoes the migration of a store whose numbers 1 to `count` are enrolments; `missing` are the
// families that it had not yet.
void MakeSchema1(const fs::path& store, int count,
                 const std::vector<Family>& missing = {Family::kKey, Family::kImage}) {
  std::vector<std::string> bodies;
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store);
    for (int n = 1; n <= count; ++n) {
      bodies.push_back(Encode(ledger->Read(Ticket{static_cast<uint64_t>(n)})->templates));
    }
  }
  RawStore raw(store);
  for (uint64_t n = 1; n <= bodies.size(); ++n) {
    raw.Put(Family::kTemplate, Key64(n), Seal("tmpl", Key64(n), bodies[n - 1]));
  }
  raw.Put(Family::kMeta, "schema", Seal("meta", "schema", Key64(1)));
  raw.Delete(Family::kMeta, "kek");
  for (const Family family : missing) raw.DropFamily(family);
}

// Stops a start after `steps` of its migration's: what a crash there leaves, since each step is
// flushed. False if it came to its end before.
bool OpenAndStop(const fs::path& store, int steps) {
  struct Stop {};
  const auto stop = [&](std::string_view what, uint64_t, uint64_t) {
    if (what == "numbers encrypted" && steps-- == 0) throw Stop{};
  };
  try {
    EXPECT_THAT(Ledger::Open(store, {.progress = stop}), IsOk());
    return false;
  } catch (const Stop&) {
    return true;
  }
}

TEST(LedgerMigration, AStoreFromBeforeImagesWereKnownIsOpenedAndKnowsThemFromThenOn) {
  const TempDir folder;
  const fs::path store = folder / "store";
  AppendOne(*OpenLedger(store), "e-1");
  {
    RawStore raw(store);
    raw.Put(Family::kMeta, "schema", Seal("meta", "schema", Key64(2)));
    raw.DropFamily(Family::kImage);
  }
  EXPECT_THAT(VerifyStore({store}, {}), StatusIs(absl::StatusCode::kFailedPrecondition, "earlier"));
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store);
    EXPECT_EQ(ledger->Read(Ticket{1})->templates.at(0).bytes, "template of e-1");
    EXPECT_THAT(*ledger->ReplaysOf(Ticket{1}), IsEmpty());
    for (const char* id : {"e-2", "e-3"}) {
      Enrolment enrolment = NewEnrolment(*ledger, id);
      enrolment.images = {{Position::kRightThumb, ledger->DigestOfImage("thumb")}};
      ASSERT_THAT(ledger->Append(enrolment, std::nullopt), IsOk());
    }
    EXPECT_EQ(ledger->ReplaysOf(Ticket{3})->at(0).earlier, Ticket{2});
  }
  EXPECT_THAT(VerifyStore({store}, {}), IsOk());
}

TEST(LedgerMigration, AStopBetweenAnyTwoBatchesIsTakenUpByTheNextStart) {
  constexpr int kEnrolments = 10;
  const TempDir folder;
  const fs::path store = folder / "store";
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store);
    for (int i = 1; i <= kEnrolments; ++i) {
      Enrolment enrolment = NewEnrolment(*ledger, absl::StrCat("e-", i));
      enrolment.templates[0].bytes += std::string(400 << 10, 't');  // three make a batch
      ASSERT_THAT(ledger->Append(enrolment, std::nullopt), IsOk());
    }
  }
  MakeSchema1(store, kEnrolments);
  fs::remove(folder / "store.key");

  int stops = 0;
  for (bool stopped = true; stopped; ++stops) {
    const fs::path one = folder / absl::StrCat("stopped_", stops);
    fs::copy(store, one);
    stopped = OpenAndStop(one, stops);
    {
      const std::unique_ptr<Ledger> ledger = OpenLedger(one);
      for (int i = 1; i <= kEnrolments; ++i) {
        const auto read = ledger->Read(Ticket{static_cast<uint64_t>(i)});
        ASSERT_THAT(read, IsOk());
        EXPECT_TRUE(read->templates.at(0).bytes.starts_with(absl::StrCat("template of e-", i)));
      }
    }
    EXPECT_THAT(FilesWith(one, "template of"), IsEmpty()) << stops;
  }
  EXPECT_GE(stops, 5);
}

TEST(LedgerMigration, WhatIsInReviewFromBeforeThereWereCasesGetsOne) {
  const TempDir folder;
  const fs::path store = folder / "store";
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store);
    DecideOne(*ledger, AppendOne(*ledger, "e-1"), DecisionKind::kUnique);
    DecideOne(*ledger, AppendOne(*ledger, "e-2"), DecisionKind::kReview);
  }
  MakeSchema1(store, 2, {Family::kKey, Family::kCase, Family::kVerdict, Family::kImage});
  ASSERT_THAT(FilesWith(store, "template of e-2"), Not(IsEmpty()));
  std::unique_ptr<Ledger> ledger = OpenLedger(store);
  const auto cases = ledger->Cases(false, kNoTicket, 9);
  ASSERT_THAT(cases, IsOk());
  ASSERT_EQ(cases->size(), 1u);
  EXPECT_EQ(cases->front().ticket, Ticket{2});
  EXPECT_EQ(ledger->Read(Ticket{2})->templates.at(0).bytes, "template of e-2");
  ledger.reset();
  EXPECT_THAT(FilesWith(store, "template of"), IsEmpty());
}

TEST(LedgerMigration, AStoreFromBeforeThereWerePoliciesHasTheFirst) {
  const TempDir folder;
  const fs::path store = folder / "store";
  AppendOne(*OpenLedger(store), "e-1");
  RawStore(store).Put(Family::kMeta, "schema", Seal("meta", "schema", Key64(2)));
  EXPECT_THAT(VerifyStore({store}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "schema version 2, want 3"));
  const std::unique_ptr<Ledger> ledger = OpenLedger(store);
  EXPECT_EQ(ledger->policy(), kFirstPolicy);
  EXPECT_EQ(*ledger->PolicyOf(ledger->Read(Ticket{1})->policy), kFirstPolicy);
  EXPECT_EQ(ledger->Read(Ticket{1})->templates.at(0).bytes, "template of e-1");
}

TEST(LedgerMigration, AStartWithAnotherKeyInTheMiddleIsRefused) {
  const TempDir folder;
  const fs::path store = folder / "store";
  AppendOne(*OpenLedger(store), "e-1");
  MakeSchema1(store, 1);
  ASSERT_TRUE(OpenAndStop(store, 0));
  AppendOne(*OpenLedger(folder / "other"), "e-1");
  EXPECT_THAT(Ledger::Open(store, {.key_file = folder / "other.key"}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "this store's own"));
}

}  // namespace
}  // namespace distinct::ledger
