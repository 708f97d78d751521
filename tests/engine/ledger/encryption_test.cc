// Templates at rest: who may open them, and that nobody can after an erasure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>

#include "engine/ledger/checksum.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/key_file.h"
#include "engine/ledger/ledger.h"
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
using ::testing::HasSubstr;
using ::testing::Not;

std::string Bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void Write(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

// 1 UNIQUE, 2 DUPLICATE of 1, 3 UNIQUE.
class LedgerEncryption : public ::testing::Test {
 protected:
  LedgerEncryption() {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    const Ticket person = AppendOne(*ledger, "e-1"), duplicate = AppendOne(*ledger, "e-2");
    const Ticket other = AppendOne(*ledger, "e-3");
    DecideOne(*ledger, person, DecisionKind::kUnique);
    DecideOne(*ledger, duplicate, DecisionKind::kDuplicate, person);
    DecideOne(*ledger, other, DecisionKind::kUnique);
  }

  absl::Status OpenStatus(const fs::path& key_file = {}) {
    return Ledger::Open(store_, {.key_file = key_file}).status();
  }

  // Changes a body under a checksum that is right: what a checksum cannot find.
  void Forge(Family family, const std::string& key, const std::function<void(std::string&)>& edit) {
    RawStore raw(store_);
    const std::string_view name = FamilyName(family);
    std::string body(*Unseal(name, key, raw.Get(family, key)));
    edit(body);
    raw.Put(family, key, Seal(name, key, body));
  }

  TempDir folder_;
  fs::path store_ = folder_ / "store";
  fs::path key_ = folder_ / "store.key";
};

TEST_F(LedgerEncryption, NoFileOfTheStoreHoldsATemplateOrTheKey) {
  { const std::unique_ptr<Ledger> ledger = OpenLedger(store_); }  // tables beside the log
  for (const auto& entry : fs::directory_iterator(store_)) {
    EXPECT_THAT(Bytes(entry.path()), Not(HasSubstr("template of"))) << entry.path();
    EXPECT_THAT(Bytes(entry.path()), Not(HasSubstr(Bytes(key_)))) << entry.path();
  }
  EXPECT_EQ(OpenLedger(store_)->Read(Ticket{2})->templates.at(0).bytes, "template of e-2");
}

TEST_F(LedgerEncryption, NoFileHoldsAKeptSampleAndAnErasedOneOpensNoMore) {
  const std::string image = "image of e-4" + std::string(100'000, '.');
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    Enrolment enrolment = NewEnrolment(*ledger, "e-4");
    enrolment.samples =
        std::make_shared<const KeptSamples>(KeptSamples{{Position::kRightIndex, 500, image}});
    ASSERT_THAT(ledger->Append(enrolment, std::nullopt), IsOk());
  }
  { const std::unique_ptr<Ledger> ledger = OpenLedger(store_); }  // blob files beside the log
  for (const auto& entry : fs::directory_iterator(store_)) {
    EXPECT_THAT(Bytes(entry.path()), Not(HasSubstr("image of"))) << entry.path();
  }
  const std::string sealed = RawStore(store_).Get(Family::kSample, Key64(4));
  {
    const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
    EXPECT_EQ(ledger->SamplesOf(Ticket{4})->at(0).image, image);
    ASSERT_THAT(ledger->Erase({"e-4"}, AuditOf("ERASE")), IsOk());
  }
  EXPECT_FALSE(RawStore(store_).Has(Family::kSample, Key64(4)));
  RawStore(store_).Put(Family::kSample, Key64(4), sealed);  // from an old copy
  EXPECT_THAT(OpenLedger(store_)->SamplesOf(Ticket{4}),
              StatusIs(absl::StatusCode::kDataLoss, "key/4: missing"));
  RawStore(store_).Put(Family::kSample, Key64(3), sealed);
  EXPECT_THAT(OpenLedger(store_)->SamplesOf(Ticket{3}),
              StatusIs(absl::StatusCode::kDataLoss, "sample/3"));
}

TEST_F(LedgerEncryption, TheKeyFileIsMadeForItsOwnerAloneAndNextToTheStore) {
  struct stat facts {};
  ASSERT_EQ(stat(key_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600u);
  EXPECT_EQ(facts.st_size, 32);
  EXPECT_EQ(DefaultKeyFile(folder_ / "store/"), key_) << "a slash at the end is not another store";
}

TEST_F(LedgerEncryption, AKeyFileThatIsMissingIsRefusedAndNeverMadeAnew) {
  fs::rename(key_, folder_ / "kept.key");
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kFailedPrecondition, "--key-file"));
  EXPECT_FALSE(fs::exists(key_));
  EXPECT_THAT(OpenStatus(folder_ / "kept.key"), IsOk());
}

TEST_F(LedgerEncryption, AnotherKeyIsRefusedByItsId) {
  const std::string own = Bytes(key_);
  Write(key_, std::string(32, 'x'));
  const absl::Status status = OpenStatus();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, "this store's own"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("xxxx")));
  Write(key_, own.substr(1));
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kFailedPrecondition, "31 bytes, want 32"));
  Write(key_, own);
  EXPECT_THAT(OpenStatus(), IsOk());
}

TEST_F(LedgerEncryption, AKeyFileThatOthersCanReadOrThatLiesInTheStoreIsRefused) {
  for (const fs::perms other :
       {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write}) {
    fs::permissions(key_, fs::perms::owner_read | other);
    EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kFailedPrecondition, "chmod 600"));
  }
  fs::permissions(key_, fs::perms::owner_read);
  EXPECT_THAT(OpenStatus(), IsOk());
  fs::rename(key_, store_ / "my.key");
  EXPECT_THAT(OpenStatus(store_ / "my.key"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "inside the store"));
}

TEST_F(LedgerEncryption, AFlippedBitUnderAGoodChecksumIsRefusedByName) {
  const auto flip_last = [](std::string& body) {
    body.back() = static_cast<char>(body.back() ^ 1);
  };
  Forge(Family::kTemplate, Key64(2), flip_last);
  EXPECT_THAT(OpenStatus(),
              StatusIs(absl::StatusCode::kDataLoss, "tmpl/2: got bytes that its key"));
  Forge(Family::kTemplate, Key64(2), flip_last);
  EXPECT_THAT(OpenStatus(), IsOk());
  Forge(Family::kKey, Key64(3), flip_last);
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "key/3: got bytes that its key"));
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "distinct restore"));
}

TEST_F(LedgerEncryption, TemplatesOfAnotherNumberOrInTheClearAreRefused) {
  std::string tmpl, key;
  Forge(Family::kTemplate, Key64(1), [&](std::string& body) { tmpl = body; });
  Forge(Family::kKey, Key64(1), [&](std::string& body) { key = body; });
  Forge(Family::kTemplate, Key64(3), [&](std::string& body) { body.swap(tmpl); });
  Forge(Family::kKey, Key64(3), [&](std::string& body) { body.swap(key); });
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "key/3"));
  Forge(Family::kKey, Key64(3), [&](std::string& body) { body.swap(key); });
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "tmpl/3"));
  Forge(Family::kTemplate, Key64(3), [&](std::string& body) {
    body = Encode(std::vector<Template>{{Position::kRightIndex, 1, Quality{80}, "planted"}});
  });
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "tmpl/3: got a version"));
}

TEST_F(LedgerEncryption, ReadingAndFollowingVerifyToo) {
  const std::unique_ptr<Ledger> ledger = OpenLedger(store_);
  const auto read = ledger->Read(Ticket{1});
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->templates.at(0).bytes, "template of e-1");
  EXPECT_EQ(ledger->Follow(kNoTicket, 1, 1)->at(0).templates.at(0).bytes, "template of e-1");
}

TEST_F(LedgerEncryption, AnErasureDestroysTheKeyOfAllThatItCloses) {
  std::string tmpl, key;
  {
    RawStore raw(store_);
    tmpl = raw.Get(Family::kTemplate, Key64(2));
    key = raw.Get(Family::kKey, Key64(2));
  }
  ASSERT_THAT(OpenLedger(store_)->Erase({"e-1"}, AuditOf("ERASE")), IsOk());
  {
    RawStore raw(store_);
    for (const uint64_t closed : {1, 2}) {
      EXPECT_FALSE(raw.Has(Family::kKey, Key64(closed))) << closed;
      EXPECT_FALSE(raw.Has(Family::kTemplate, Key64(closed))) << closed;
    }
    EXPECT_TRUE(raw.Has(Family::kKey, Key64(3)));
    raw.Put(Family::kTemplate, Key64(2), tmpl);  // as an old backup has it
  }
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "key/2: missing"));
  {
    RawStore raw(store_);
    raw.Delete(Family::kTemplate, Key64(2));
    raw.Put(Family::kKey, Key64(2), key);
  }
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "key/2: got a key without"));
  {
    RawStore raw(store_);
    raw.Put(Family::kTemplate, Key64(2), tmpl);
  }
  EXPECT_THAT(OpenStatus(), StatusIs(absl::StatusCode::kDataLoss, "of an erased enrolment"));
}

TEST(LedgerKeyFile, AStartThatWasStoppedBeforeTheStoreWasWrittenUsesTheKeyThatItMade) {
  const TempDir folder;
  ASSERT_THAT(ReadOrMakeKeyFile(folder / "store.key", folder / "store"), IsOk());
  const std::string made = Bytes(folder / "store.key");
  AppendOne(*OpenLedger(folder / "store"), "e-1");
  EXPECT_EQ(Bytes(folder / "store.key"), made);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 2) << "no draft is left";
}

}  // namespace
}  // namespace distinct::ledger
