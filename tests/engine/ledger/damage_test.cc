// What is damaged on disk is refused at start, by name, and never read as something else.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ledger/changes.h"
#include "engine/ledger/checksum.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/digest.h"
#include "engine/ledger/key_file.h"
#include "engine/ledger/ledger.h"
#include "engine/ledger/rows.h"
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
using ::distinct::testing::DecideOpOf;
using ::distinct::testing::DecisionOf;
using ::distinct::testing::IsOk;
using ::distinct::testing::NewEnrolment;
using ::distinct::testing::OpenLedger;
using ::distinct::testing::RawStore;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;

class LedgerDamage : public ::testing::Test {
 protected:
  LedgerDamage() {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    const Ticket person = AppendOne(*ledger, "e-1"), duplicate = AppendOne(*ledger, "e-2");
    AppendOne(*ledger, "e-3");
    DecideOne(*ledger, person, DecisionKind::kUnique);
    DecideOne(*ledger, duplicate, DecisionKind::kDuplicate, person);
    const Ticket settled = AppendOne(*ledger, "r-1");
    DecideOne(*ledger, settled, DecisionKind::kReview);
    DecideOp unique = DecideOpOf(settled, DecisionOf(DecisionKind::kUnique));
    unique.from = DecisionKind::kReview;
    unique.verdicts = {{person, Verdict::kDifferent}};
    CHECK(ledger->Decide(unique)->won);
    Enrolment with_image = NewEnrolment(*ledger, "i-1");
    with_image.images = {{Position::kRightThumb, std::string(kImageDigestBytes, 'i')}};
    CHECK(ledger->Append(with_image, std::nullopt).ok());
    CHECK(ledger->Tag({"e-1"}, "north").ok());
    CHECK(ledger->PutJobState("job", "state").ok());
  }

  absl::Status OpenStatus() { return Ledger::Open(store_).status(); }

  TempDir folder_;
  fs::path store_ = folder_ / "store";
};

struct Place {
  Family family;
  std::string key;
  std::string name;  // in the message
};

std::vector<Place> OneRecordOfEachFamily() {
  return {
      {Family::kMeta, "head", "meta/head"},
      {Family::kMeta, "digest_key", "meta/digest_key"},
      {Family::kMeta, "schema", "meta/schema"},
      {Family::kMeta, "kek", "meta/kek"},
      {Family::kEntry, Key64(2), "entry/2"},
      {Family::kId, "e-2", "id/e-2"},
      {Family::kState, Key64(2), "state/2"},
      {Family::kOpen, Key64(3), "open/3"},
      {Family::kPerson, PersonKey(Ticket{1}, Ticket{2}), "person/0x"},
      {Family::kTemplate, Key64(2), "tmpl/2"},
      {Family::kTag, TagMemberKey("north", Ticket{1}), "tag/0x"},
      {Family::kFeed, Key64(1), "feed/1"},
      {Family::kAudit, Key64(2), "audit/2"},
      {Family::kJob, "job", "job/job"},
      {Family::kVerdict, VerdictKey(Ticket{4}, Ticket{1}), "verdict/0x"},
      {Family::kCase, CaseKey(Ticket{4}, true), "case/0x"},
      {Family::kKey, Key64(2), "key/2"},
      {Family::kImage, ImagesOfKey(Ticket{5}), "sample_hash/0x"},
      {Family::kImage, ImageKey(std::string(kImageDigestBytes, 'i'), Ticket{5}), "sample_hash/0x"}};
}

TEST_F(LedgerDamage, AFlippedByteInAnyFamilyIsRefusedByName) {
  Place before{};
  std::string good;
  size_t at = 0;
  for (const Place& place : OneRecordOfEachFamily()) {
    {
      RawStore raw(store_);
      if (!good.empty()) raw.Put(before.family, before.key, good);
      good = raw.Get(place.family, place.key);
      std::string bad = good;
      at = (at * 7 + 3) % bad.size();  // another place in each record
      bad[at] = static_cast<char>(bad[at] ^ 0x10);
      raw.Put(place.family, place.key, bad);
    }
    EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, place.name)) << at;
    before = place;
  }
  RawStore(store_).Put(before.family, before.key, good);
  EXPECT_THAT(OpenStatus(), IsOk());
}

// Each is whole by itself, and there are as many as there should be.
TEST_F(LedgerDamage, IdsThatNameOneAnothersNumbersAreRefusedByName) {
  {
    RawStore raw(store_);
    const std::string one = raw.Get(Family::kId, "e-1"), two = raw.Get(Family::kId, "e-2");
    raw.Put(Family::kId, "e-1", Seal("id", "e-1", *Unseal("id", "e-2", two)));
    raw.Put(Family::kId, "e-2", Seal("id", "e-2", *Unseal("id", "e-1", one)));
  }
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "id/e-1"));
}

TEST_F(LedgerDamage, AMissingRecordIsRefusedByName) {
  Place before{};
  std::string good;
  for (const Place& place : OneRecordOfEachFamily()) {
    // Nothing says how many of the others there must be.
    const bool counted = place.family != Family::kPerson && place.family != Family::kTag &&
                         place.family != Family::kJob && place.family != Family::kVerdict &&
                         place.family != Family::kCase && place.family != Family::kImage;
    if (!counted) continue;
    {
      RawStore raw(store_);
      if (!good.empty()) raw.Put(before.family, before.key, good);
      good = raw.Get(place.family, place.key);
      raw.Delete(place.family, place.key);
    }
    const std::string name = place.family == Family::kOpen ? "open/" : place.name;
    EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, name)) << place.name;
    before = place;
  }
}

TEST_F(LedgerDamage, AGoodRecordInAnotherPlaceIsRefused) {
  const std::string other = RawStore(store_).Get(Family::kState, Key64(1));
  RawStore(store_).Put(Family::kState, Key64(2), other);
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "state/2"));
}

TEST_F(LedgerDamage, AWrongGrammarUnderAGoodChecksumIsRefusedWithItsField) {
  std::string body = Encode(State{});
  body.pop_back();
  RawStore(store_).Put(Family::kState, Key64(2), Seal("state", Key64(2), body));
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "state/2: dropped_at"));
}

TEST_F(LedgerDamage, AForgedEntryBreaksTheChain) {
  {
    RawStore raw(store_);
    const std::string sealed = raw.Get(Family::kEntry, Key64(2));
    EntryRecord entry = *DecodeEntry(*Unseal("entry", Key64(2), sealed));
    entry.digest[0] = static_cast<char>(entry.digest[0] ^ 1);
    raw.Put(Family::kEntry, Key64(2), Seal("entry", Key64(2), Encode(entry)));
  }
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "entry/2: got a chain"));
}

// With every checksum and the chain made right again.
void ForgeEntry(const fs::path& store, uint64_t number,
                const std::function<void(EntryRecord&)>& forge) {
  RawStore raw(store);
  HeadRecord head = *DecodeHead(*Unseal("meta", "head", raw.Get(Family::kMeta, "head")));
  std::string chain(32, '\0');
  for (uint64_t n = 1; n <= Number(head.head); ++n) {
    const std::string key = Key64(n);
    EntryRecord entry = *DecodeEntry(*Unseal("entry", key, raw.Get(Family::kEntry, key)));
    if (n == number) forge(entry);
    chain = entry.chain = ChainLink(chain, n, entry.digest);
    raw.Put(Family::kEntry, key, Seal("entry", key, Encode(entry)));
  }
  head.chain = chain;
  raw.Put(Family::kMeta, "head", Seal("meta", "head", Encode(head)));
}

TEST_F(LedgerDamage, AForgedPolicyIsRefusedByName) {
  const Policy stricter{{}, Llr{20}, Llr{9}};
  ASSERT_THAT(OpenLedger(store_)->SetPolicy(stricter, AuditOf("POLICY")), IsOk());
  AppendOne(*OpenLedger(store_), "e-6");
  const auto refused = [&](uint64_t number, const std::function<void(EntryRecord&)>& forge,
                           const std::string& message) {
    const fs::path copy = folder_ / "forged";
    fs::copy(store_, copy);
    ForgeEntry(copy, number, forge);
    EXPECT_THAT(Ledger::Open(copy, {.key_file = DefaultKeyFile(store_)}).status(),
                StatusIs(absl::StatusCode::kDataLoss, message));
    fs::remove_all(copy);
  };
  const auto with_digest = [](EntryRecord& entry) { entry.digest = Sha256(EntryContent(entry)); };
  refused(
      6, [](EntryRecord& entry) { entry.policy.policy.duplicate = Llr{10}; },
      "entry/6: got a digest of other content");
  refused(
      6,
      [&](EntryRecord& entry) {
        entry.policy.policy.version = PolicyVersion{3};
        with_digest(entry);
      },
      "entry/6: got policy version 3, want 2");
  refused(
      6,
      [&](EntryRecord& entry) {
        entry.policy.policy.review = Llr{30};
        with_digest(entry);
      },
      "entry/6: policy: got other thresholds");
  refused(
      7, [](EntryRecord& entry) { entry.enrolment.policy = PolicyVersion{1}; },
      "entry/7: got policy version 1, want 2, which was in force");
}

TEST_F(LedgerDamage, VersionsThatDoNotFitTheEntriesOrTheTemplatesAreRefusedByName) {
  const std::string key = "versions";
  const auto put = [&](const std::vector<VersionRecord>& versions) {
    RawStore(store_).Put(Family::kMeta, key, Seal("meta", key, Encode(versions)));
  };
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    DecideOne(*ledger, Ticket{3}, DecisionKind::kUnique);
    DecideOne(*ledger, Ticket{5}, DecisionKind::kUnique);
    const VersionRecord next{"finger", 1, 2, kNoTicket, kNoTicket, {}};
    ASSERT_THAT(ledger->BeginVersion(next, AuditOf("BEGIN")), IsOk());
  }
  VersionRecord version{"finger", 1, 2, Ticket{6}, kNoTicket, {}};
  for (const std::vector<VersionRecord>& other :
       {std::vector<VersionRecord>(), {{"finger", 1, 3, Ticket{6}, kNoTicket, {}}}}) {
    put(other);
    EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "meta/versions: got other"));
  }
  put({version});
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    const std::vector<Ticket> everybody = {Ticket{1}, Ticket{2}, Ticket{3}, Ticket{4}, Ticket{5}};
    ASSERT_THAT(ledger->SwitchVersion({"finger", 2, kNoTicket, everybody}, AuditOf("SWITCH")),
                IsOk());
  }
  EXPECT_THAT(OpenStatus(), IsOk());
  ForgeEntry(store_, 7, [](EntryRecord& entry) {
    entry.version.staying.pop_back();
    entry.digest = Sha256(EntryContent(entry));
  });
  version.switched_at = Ticket{7};
  version.staying = {Ticket{1}, Ticket{2}, Ticket{3}, Ticket{4}};
  put({version});
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss,
                                     "tmpl/5: got none of finger version 2, which is in force"));
}

TEST_F(LedgerDamage, AForgedAuditRowBreaksItsChain) {
  {
    RawStore raw(store_);
    AuditRow row = *DecodeAudit(*Unseal("audit", Key64(2), raw.Get(Family::kAudit, Key64(2))));
    row.record.caller = "somebody else";
    raw.Put(Family::kAudit, Key64(2), Seal("audit", Key64(2), Encode(row)));
  }
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "audit/2: got a hash"));
}

TEST_F(LedgerDamage, EveryRefusalOffersTheRecoveryStep) {
  RawStore(store_).Put(Family::kState, Key64(2), "x");
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "restore the last backup"));
}

void FlipByte(const fs::path& file, uintmax_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(stream.get() ^ 0x10);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

fs::path LargestFile(const fs::path& directory, const std::string& extension) {
  fs::path largest;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() != extension) continue;
    if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
  }
  return largest;
}

TEST_F(LedgerDamage, AFlippedByteInTheLogIsRefusedAndNothingIsRolledBack) {
  const fs::path log = LargestFile(store_, ".log");
  ASSERT_GT(fs::file_size(log), 1000u);
  FlipByte(log, fs::file_size(log) / 2);
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "restore the last backup"));
}

TEST_F(LedgerDamage, ALogCutShortAtItsEndLosesOnlyWhatWasNeverAcknowledged) {
  const fs::path copy = folder_ / "copy";
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);  // starts a new log
  }
  const uintmax_t before = fs::file_size(LargestFile(store_, ".log"));
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    AppendOne(*ledger, "e-4");
  }
  fs::copy(store_, copy, fs::copy_options::recursive);
  const fs::path last = LargestFile(copy, ".log");
  ASSERT_GT(fs::file_size(last), before);
  fs::resize_file(last, fs::file_size(last) - 3);
  const std::unique_ptr<Ledger> ledger = OpenLedger(copy, store_);
  EXPECT_EQ(ledger->head(), Ticket{5});
}

TEST_F(LedgerDamage, AFlippedByteInATableIsRefused) {
  { const std::unique_ptr<Ledger> ledger = OpenLedger(store_); }  // replays the log into tables
  const fs::path table = LargestFile(store_, ".sst");
  ASSERT_FALSE(table.empty());
  FlipByte(table, 20);
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "restore the last backup"));
}

TEST_F(LedgerDamage, AMissingTableOrCurrentFileIsRefusedAndNotReplacedByAnEmptyStore) {
  { const std::unique_ptr<Ledger> ledger = OpenLedger(store_); }
  const fs::path copy = folder_ / "copy";
  fs::copy(store_, copy, fs::copy_options::recursive);
  fs::remove(LargestFile(copy, ".sst"));
  EXPECT_THAT(Ledger::Open(copy, {.key_file = DefaultKeyFile(store_)}).status(),
              StatusIs(absl::StatusCode::kDataLoss, "backup"));
  fs::remove(store_ / "CURRENT");
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "CURRENT"));
}

TEST_F(LedgerDamage, AStoreInUseIsNotOpenedTwice) {
  const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kFailedPrecondition, "LOCK file is held"));
}

// The other process of the next test; a fork would inherit the locks of threads that it has not.
constexpr char kStoreVariable[] = "DISTINCT_TEST_STORE";
constexpr int kRefused = 42;

TEST(LedgerDamageChild, TellsWhetherTheStoreWasRefused) {
  const char* const store = std::getenv(kStoreVariable);
  if (store == nullptr) return;
  const absl::Status status = Ledger::Open(store).status();
  const bool refused = absl::IsFailedPrecondition(status) &&
                       std::string(status.message()).find("LOCK file is held") != std::string::npos;
  _exit(refused ? kRefused : 1);
}

TEST_F(LedgerDamage, AStoreInUseByAnotherProcessIsNotOpened) {
  const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  ASSERT_EQ(setenv(kStoreVariable, store_.c_str(), 1), 0);
  const std::string program = fs::read_symlink("/proc/self/exe").string();
  const int status =
      std::system(absl::StrCat(program, " --gtest_filter='LedgerDamageChild.*'").c_str());
  ASSERT_EQ(unsetenv(kStoreVariable), 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kRefused);
}

TEST_F(LedgerDamage, AnOpenCaseOfWhatIsNotInReviewIsRefused) {
  {
    RawStore raw(store_);
    const Case open;  // a review's
    const std::string key = CaseKey(Ticket{1}, false);
    raw.Put(Family::kCase, key, Seal(FamilyName(Family::kCase), key, Encode(open)));
  }
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "got 1 open records, want 0"));
}

TEST_F(LedgerDamage, AnErasureThatLeftTheImagesBehindIsRefused) {
  const std::string key = ImagesOfKey(Ticket{5});
  const std::string images = RawStore(store_).Get(Family::kImage, key);
  ASSERT_THAT(OpenLedger(store_)->Erase({"i-1"}, testing::AuditOf("ERASE")), IsOk());
  {
    RawStore raw(store_);
    EXPECT_FALSE(raw.Has(Family::kImage, key));
    EXPECT_FALSE(raw.Has(Family::kImage, ImageKey(std::string(kImageDigestBytes, 'i'), Ticket{5})));
    raw.Put(Family::kImage, key, images);
  }
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "images of an erased"));
}

TEST_F(LedgerDamage, AReviewFromBeforeThereWereCasesGetsOne) {
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    DecideOne(*ledger, Ticket{3}, DecisionKind::kReview);
  }
  RawStore(store_).Delete(Family::kCase, CaseKey(Ticket{3}, false));
  for (int start = 0; start < 2; ++start) {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    const auto cases = ledger->Cases(false, kNoTicket, 9);
    ASSERT_EQ(cases->size(), 1U);
    EXPECT_EQ(cases->front().ticket, Ticket{3});
    EXPECT_EQ(cases->front().kind, CaseKind::kReview);
  }
}

TEST_F(LedgerDamage, ANewerStoreIsLeftToItsOwnVersion) {
  const std::string newer = Seal("meta", "schema", Key64(kSchemaVersion + 1));
  RawStore(store_).Put(Family::kMeta, "schema", newer);
  EXPECT_THAT(OpenStatus(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "schema version 4, want at most 3"));
  RawStore(store_).AddFamily("iris");
  EXPECT_THAT(OpenStatus(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "column family \"iris\""));
}

TEST_F(LedgerDamage, AFolderWithOtherFilesIsNotTakenForAStore) {
  fs::create_directories(folder_ / "photos");
  std::ofstream(folder_ / "photos/a.txt") << "mine";
  EXPECT_THAT(Ledger::Open(folder_ / "photos").status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "other files"));
}

TEST_F(LedgerDamage, ACreationThatACrashCutShortIsBegunAgain) {
  const fs::path store = folder_ / "unborn";
  fs::create_directories(store);
  for (const char* const name : {"LOCK", "LOG", "IDENTITY", "MANIFEST-000001", "000001.dbtmp"}) {
    std::ofstream(store / name) << "cut sh";
  }
  EXPECT_EQ(AppendOne(*OpenLedger(store), "e-1"), Ticket{1});
}

// The kernel fails every write beyond a file size: a disk that gives up under the real store.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    handler_ = signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{bytes, before_.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() {
    CHECK(setrlimit(RLIMIT_FSIZE, &before_) == 0);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(LedgerDamage, AfterAFailedWriteNothingIsWrittenUntilTheStoreIsOpenedAgain) {
  std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  uint64_t acknowledged = 0;
  absl::Status failure;
  {
    const FileSizeLimit limit(256 << 10);
    for (int i = 0; failure.ok() && i < 100; ++i) {
      Enrolment enrolment = NewEnrolment(*ledger, absl::StrCat("n-", i));
      enrolment.templates[0].bytes = std::string(10000, 't');
      const auto appended = ledger->Append(enrolment, std::nullopt);
      failure = appended.status();
      if (appended.ok()) acknowledged = Number(appended->state.ticket);
    }
  }
  EXPECT_THAT(failure, StatusIs(absl::StatusCode::kInternal, "start distinctd again"));
  EXPECT_GT(acknowledged, 3u);
  EXPECT_EQ(ledger->head(), Ticket{acknowledged});
  // The disk is well again, but what is in its files is known only after a start.
  EXPECT_EQ(ledger->Append(NewEnrolment(*ledger, "late"), std::nullopt).status(), failure);
  EXPECT_THAT(ledger->StateOf(Ticket{acknowledged}), IsOk()) << "reading goes on";

  ledger.reset();
  ledger = OpenLedger(store_);
  EXPECT_GE(ledger->head(), Ticket{acknowledged});
  EXPECT_LE(ledger->head(), Ticket{acknowledged + 1}) << "the failed one may be there or not";
  EXPECT_EQ(ledger->counts().open, Number(ledger->head()) - 3);
}

}  // namespace
}  // namespace distinct::ledger
