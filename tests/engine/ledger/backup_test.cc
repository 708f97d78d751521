// Backups while the ledger is written, what comes back from them, and the offline check.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ledger/checksum.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/key_file.h"
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
using ::distinct::testing::AuditOf;
using ::distinct::testing::DecideOne;
using ::distinct::testing::IsOk;
using ::distinct::testing::NewEnrolment;
using ::distinct::testing::OpenLedger;
using ::distinct::testing::RawStore;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;

// Every file of a folder with its bytes.
std::map<std::string, std::string> Contents(const fs::path& folder) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    contents[entry.path().string()] = {std::istreambuf_iterator<char>(in),
                                       std::istreambuf_iterator<char>()};
  }
  return contents;
}

uintmax_t BytesIn(const fs::path& folder) {
  uintmax_t bytes = 0;
  for (const auto& [name, content] : Contents(folder)) bytes += content.size();
  return bytes;
}

class LedgerBackup : public ::testing::Test {
 protected:
  absl::StatusOr<StoreFacts> Restore(uint32_t id, const fs::path& into) {
    return RestoreStore(backups_, id, {into, DefaultKeyFile(store_)}, {});
  }

  TempDir folder_;
  fs::path store_ = folder_ / "store";
  fs::path backups_ = folder_ / "backups";
  fs::path restored_ = folder_ / "restored";
};

TEST_F(LedgerBackup, WhatWasAcknowledgedBeforeABackupComesBackWhileOthersWrite) {
  const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  std::atomic<bool> stop = false;
  std::vector<std::thread> writers;
  for (int w = 0; w < 3; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; !stop; ++i) {
        const Ticket ticket = AppendOne(*ledger, absl::StrCat("e-", w, "-", i));
        if (i % 2 == 0) DecideOne(*ledger, ticket, DecisionKind::kUnique);
      }
    });
  }
  std::vector<BackupInfo> infos;
  std::vector<std::vector<State>> before;
  for (int i = 0; i < 3; ++i) {
    ledger->WaitBeyond(Ticket{Number(ledger->head()) + 20}, absl::Seconds(30));
    before.push_back(*ledger->List(kNoTicket, 100'000));
    const auto made = ledger->Backup(backups_);
    ASSERT_THAT(made, IsOk());
    infos.push_back(*made);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();

  for (size_t i = 0; i < infos.size(); ++i) {
    EXPECT_EQ(infos[i].id, i + 1);
    const fs::path into = folder_ / absl::StrCat("restored_", i);
    const auto facts = Restore(infos[i].id, into);
    ASSERT_THAT(facts, IsOk());
    EXPECT_GE(facts->head, infos[i].head);
    EXPECT_LE(facts->head, ledger->head());
    const std::unique_ptr<Ledger> again = OpenLedger(into, store_);
    for (const State& state : before[i]) {
      if (state.decision.kind != DecisionKind::kOpen) {
        EXPECT_EQ(again->Find(state.id)->decision.kind, state.decision.kind) << state.id.value;
      }
      EXPECT_EQ(again->Read(state.ticket)->templates.at(0).bytes, "template of " + state.id.value);
      EXPECT_EQ(again->Append(NewEnrolment(*again, state.id.value), std::nullopt)->outcome,
                AppendOutcome::kJoined);
    }
  }
}

TEST_F(LedgerBackup, ALaterBackupCopiesOnlyWhatIsNew) {
  const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  Enrolment large = NewEnrolment(*ledger, "e-1");
  large.templates[0].bytes = std::string(3 << 20, 't');
  ASSERT_THAT(ledger->Append(large, std::nullopt), IsOk());
  ASSERT_THAT(ledger->Backup(backups_), IsOk());
  const uintmax_t first = BytesIn(backups_);
  EXPECT_GT(first, 3u << 20);
  AppendOne(*ledger, "e-2");
  const auto second = ledger->Backup(backups_);
  ASSERT_THAT(second, IsOk());
  EXPECT_GT(second->bytes, 3u << 20) << "it holds everything";
  EXPECT_LT(BytesIn(backups_) - first, 1u << 20) << "and shares what was there";
  EXPECT_EQ(Restore(1, folder_ / "one")->head, Ticket{1});
  EXPECT_EQ(Restore(2, folder_ / "two")->head, Ticket{2});
}

TEST_F(LedgerBackup, KeptSamplesComeBackToo) {
  const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  Enrolment enrolment = NewEnrolment(*ledger, "e-1");
  enrolment.samples = std::make_shared<const KeptSamples>(
      KeptSamples{{Position::kRightIndex, 500, std::string(3 << 20, 'i')}});  // in a blob file
  ASSERT_THAT(ledger->Append(enrolment, std::nullopt), IsOk());
  ASSERT_THAT(ledger->Backup(backups_), IsOk());
  ASSERT_THAT(Restore(1, restored_), IsOk());
  const auto samples = OpenLedger(restored_, store_)->SamplesOf(Ticket{1});
  ASSERT_THAT(samples, IsOk());
  ASSERT_EQ(samples->size(), 1u);
  EXPECT_EQ(samples->front().image, enrolment.samples->front().image);
}

TEST_F(LedgerBackup, ABackupDoesNotHoldTheKey) {
  const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  AppendOne(*ledger, "e-1");
  ASSERT_THAT(ledger->Backup(backups_), IsOk());
  const std::string key = Contents(folder_.path()).at(DefaultKeyFile(store_).string());
  for (const auto& [name, content] : Contents(backups_)) {
    EXPECT_EQ(content.find(key), std::string::npos) << name;
    EXPECT_EQ(content.find("template of"), std::string::npos) << name;
  }
  EXPECT_THAT(RestoreStore(backups_, 1, {restored_}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "restored.key"));
  AppendOne(*OpenLedger(folder_ / "other"), "e-1");
  EXPECT_THAT(RestoreStore(backups_, 1, {restored_, folder_ / "other.key"}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "this store's own"));
  EXPECT_FALSE(fs::exists(restored_) || fs::exists(folder_ / "restored.restoring"));
}

TEST_F(LedgerBackup, ARestoreNeverTouchesAFolderThatIsNotEmpty) {
  AppendOne(*OpenLedger(store_), "e-1");
  ASSERT_THAT(BackUpStore(store_, backups_), IsOk());
  const auto before = Contents(store_);
  EXPECT_THAT(Restore(1, store_), StatusIs(absl::StatusCode::kFailedPrecondition, "not empty"));
  EXPECT_EQ(Contents(store_), before);
  fs::create_directory(restored_);
  EXPECT_THAT(Restore(1, restored_ / ""), IsOk()) << "an empty one, written with a slash";
  EXPECT_EQ(OpenLedger(restored_, store_)->head(), Ticket{1});
  EXPECT_THAT(Restore(1, folder_ / "new/deep/store"), IsOk());
  fs::create_directory(folder_ / "other.restoring");
  EXPECT_THAT(Restore(1, folder_ / "other"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "other.restoring"));
}

TEST_F(LedgerBackup, ADamagedBackupIsRefusedAndGetsNoName) {
  AppendOne(*OpenLedger(store_), "e-1");
  ASSERT_THAT(BackUpStore(store_, backups_), IsOk());
  fs::path largest;
  for (const auto& entry : fs::directory_iterator(backups_ / "shared_checksum")) {
    if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
  }
  std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(40);
  file.put('X');
  file.close();
  EXPECT_THAT(Restore(1, restored_), StatusIs(absl::StatusCode::kDataLoss, "another backup"));
  EXPECT_FALSE(fs::exists(restored_));
}

TEST_F(LedgerBackup, ALatestBackupThatLacksAFileIsNotPassedOverForAnOlderOne) {
  AppendOne(*OpenLedger(store_), "e-1");
  ASSERT_THAT(BackUpStore(store_, backups_), IsOk());
  AppendOne(*OpenLedger(store_), "e-2");
  ASSERT_THAT(BackUpStore(store_, backups_), IsOk());
  fs::remove_all(backups_ / "private" / "2");
  const auto infos = ListBackups(backups_);
  ASSERT_EQ(infos->size(), 2u);
  EXPECT_FALSE(infos->front().damaged);
  EXPECT_EQ(infos->back().id, 2u);
  EXPECT_TRUE(infos->back().damaged);
  EXPECT_THAT(Restore(2, restored_), StatusIs(absl::StatusCode::kDataLoss, "want one of [1]"));
  EXPECT_EQ(Restore(1, restored_)->head, Ticket{1});
}

TEST_F(LedgerBackup, ABackupThatWasStoppedIsClearedAwayByTheNext) {
  AppendOne(*OpenLedger(store_), "e-1");
  ASSERT_THAT(BackUpStore(store_, backups_), IsOk());
  fs::create_directory(backups_ / "private" / "2");
  for (const char* const left : {"private/2/MANIFEST-000007", "meta/2.tmp"}) {
    std::ofstream(backups_ / left) << "cut sh";
  }
  EXPECT_EQ(ListBackups(backups_)->size(), 1u);
  EXPECT_EQ(BackUpStore(store_, backups_)->id, 2u);
  EXPECT_EQ(Restore(2, restored_)->head, Ticket{1});
}

TEST_F(LedgerBackup, ABackupOfADamagedStoreIsFoundOutByTheRestore) {
  AppendOne(*OpenLedger(store_), "e-1");
  RawStore(store_).Delete(Family::kState, Key64(1));
  ASSERT_THAT(BackUpStore(store_, backups_), IsOk());
  EXPECT_THAT(Restore(1, restored_), StatusIs(absl::StatusCode::kDataLoss, "state/1: missing"));
  EXPECT_FALSE(fs::exists(restored_));
}

TEST_F(LedgerBackup, WrongFoldersAndIdsAreRefusedWithTheWayOut) {
  AppendOne(*OpenLedger(store_), "e-1");
  EXPECT_THAT(ListBackups(store_), StatusIs(absl::StatusCode::kFailedPrecondition, "backup"));
  for (const fs::path& inside : {store_, store_ / "backups"}) {
    EXPECT_THAT(BackUpStore(store_, inside),
                StatusIs(absl::StatusCode::kFailedPrecondition, "inside the store"));
  }
  EXPECT_THAT(BackUpStore(store_, folder_.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition, "choose another"));
  EXPECT_THAT(BackUpStore(folder_ / "absent", backups_),
              StatusIs(absl::StatusCode::kFailedPrecondition, "check the path"));
  EXPECT_FALSE(fs::exists(folder_ / "absent"));
  ASSERT_THAT(BackUpStore(store_, backups_), IsOk());
  EXPECT_THAT(Restore(7, restored_), StatusIs(absl::StatusCode::kNotFound, "want one of [1]"));
  EXPECT_EQ(ListBackups(backups_)->at(0).head, Ticket{1});
}

TEST_F(LedgerBackup, AnErasedPersonIsInAnOldBackupAndInNoNewOne) {
  const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  AppendOne(*ledger, "e-1");
  ASSERT_THAT(ledger->Backup(backups_), IsOk());
  ASSERT_THAT(ledger->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  ASSERT_THAT(ledger->Backup(backups_), IsOk());
  ASSERT_THAT(Restore(1, folder_ / "one"), IsOk());
  ASSERT_THAT(Restore(2, folder_ / "two"), IsOk());
  EXPECT_EQ(OpenLedger(folder_ / "one", store_)->Read(Ticket{1})->templates.size(), 1u);
  EXPECT_EQ(OpenLedger(folder_ / "two", store_)->Read(Ticket{1})->templates.size(), 0u);
}

TEST_F(LedgerBackup, TheOfflineCheckChangesNoFileAndCountsWhatIsThere) {
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    const Ticket person = AppendOne(*ledger, "e-1");
    AppendOne(*ledger, "e-2");
    DecideOne(*ledger, person, DecisionKind::kUnique);
  }
  const auto before = Contents(folder_.path());
  uint64_t checked = 0;
  const auto facts = VerifyStore({store_}, [&](std::string_view, uint64_t done, uint64_t total) {
    checked = done;
    EXPECT_EQ(total, 2u);
  });
  ASSERT_THAT(facts, IsOk());
  EXPECT_EQ(facts->head, Ticket{2});
  EXPECT_EQ(facts->counts.unique, 1u);
  EXPECT_EQ(facts->counts.open, 1u);
  EXPECT_EQ(checked, 2u);
  EXPECT_EQ(Contents(folder_.path()), before);
}

TEST_F(LedgerBackup, TheOfflineCheckNamesTheFirstBadRecordAndTheWayOut) {
  AppendOne(*OpenLedger(store_), "e-1");
  EXPECT_THAT(VerifyStore({store_, folder_ / "no.key"}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "no.key"));
  EXPECT_THAT(VerifyStore({folder_ / "absent"}, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "check the path"));
  EXPECT_FALSE(fs::exists(folder_ / "absent"));
  RawStore(store_).Put(Family::kState, Key64(1), "x");
  const absl::Status bad = VerifyStore({store_}, {}).status();
  EXPECT_THAT(bad, StatusIs(absl::StatusCode::kDataLoss, "record state/1"));
  EXPECT_THAT(bad, StatusIs(absl::StatusCode::kDataLoss, "distinct restore"));
}

}  // namespace
}  // namespace distinct::ledger
