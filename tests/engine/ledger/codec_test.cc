// The bytes of FORMAT.md: its worked example, and that nothing foreign is read as a record.
#include "engine/ledger/codec.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "engine/ledger/checksum.h"
#include "engine/ledger/digest.h"
#include "tests/support/status_matchers.h"

namespace distinct::ledger {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

// The example of FORMAT.md: enrolment 258 "e-1" is a DUPLICATE of number 1.
State ExampleState() {
  State state;
  state.id.value = "e-1";
  state.decision.kind = DecisionKind::kDuplicate;
  state.decision.original = Ticket{1};
  state.decision.candidates.push_back(
      {Ticket{1}, {"a"}, Llr{20.5F}, {{Position::kRightIndex, Llr{20.5F}}}});
  state.decision.searched_count = 257;
  state.decision.gallery_count = 257;
  state.decision.decided_at = absl::FromUnixSeconds(1'700'000'000);
  return state;
}

constexpr char kExampleBody[] =
    "03"
    "00000003"
    "652d31"
    "02"
    "0000000000000001"
    "00000001"
    "0000000000000001"
    "00000001"
    "61"
    "41a40000"
    "00000001"
    "02"
    "41a40000"
    "00000000"
    "0000000000000101"
    "0000000000000101"
    "17979cfe362a0000"
    "0000000000000000"
    "0000000000000000"
    "0000000000000000"
    "0000000000000000";

// By Python's zlib: crc32 of length and bytes of "state", the key and the body.
constexpr char kExampleChecksum[] = "aaeaa357";

TEST(LedgerCodec, TheWorkedExampleIsWrittenAsDocumented) {
  EXPECT_EQ(absl::BytesToHexString(Encode(ExampleState())), kExampleBody);
  const std::string key = Key64(258);
  EXPECT_EQ(absl::BytesToHexString(key), "0000000000000102");
  const std::string sealed = Seal("state", key, Encode(ExampleState()));
  EXPECT_EQ(absl::BytesToHexString(sealed).substr(sizeof kExampleBody - 1), kExampleChecksum);
}

TEST(LedgerCodec, TheWorkedExampleIsReadBack) {
  const auto state = DecodeState(absl::HexStringToBytes(kExampleBody));
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(state->id.value, "e-1");
  EXPECT_EQ(state->decision.original, Ticket{1});
  EXPECT_EQ(state->decision.candidates.at(0).positions.at(0).llr, Llr{20.5F});
  EXPECT_EQ(state->decision.decided_at, absl::FromUnixSeconds(1'700'000'000));
}

// Until version 2 findings had no action, but one asked for a review by its name.
TEST(LedgerCodec, AStateOfAnEarlierVersionIsRead) {
  for (const auto& [code, action] :
       {std::pair{"SAMPLES_OF_ONE_POSITION_DIFFER", FindingAction::kReview},
        std::pair{"SAMPLE_UNUSABLE", FindingAction::kNote}}) {
    State state = ExampleState();
    state.decision.findings.push_back({code, "text"});
    std::string body = Encode(state);
    body[0] = 2;
    body.erase(body.size() - 7 * 8 - 1, 1);  // the action, before seven numbers
    const auto read = DecodeState(body);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->decision.findings.at(0).code, code);
    EXPECT_EQ(read->decision.findings.at(0).action, action);
    body[0] = 3;
    EXPECT_FALSE(DecodeState(body).ok());
  }
}

EntryRecord ExampleEntry() {
  EntryRecord entry;
  entry.digest = entry.chain = std::string(kDigestBytes, 'd');
  entry.appended_at = absl::FromUnixSeconds(1'700'000'000);
  entry.enrolment.findings.push_back({"SAMPLES_OF_ONE_POSITION_DIFFER", "text"});
  return entry;
}

TEST(LedgerCodec, AnEntryOfTheFirstVersionIsReadWithTheDefaultPolicy) {
  std::string body = Encode(ExampleEntry());
  body[0] = 1;
  body.resize(body.size() - 8 - 4 - kChecks.size());  // the case, the policy of findings
  body.erase(body.size() - 3 * 4 - 1, 1);             // the action, before metadata, caller, policy
  const auto read = DecodeEntry(body);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->enrolment.findings.at(0).action, FindingAction::kReview);
  EXPECT_EQ(read->enrolment.finding_policy, FindingPolicy());
}

TEST(LedgerCodec, AnEntryOfTheSecondVersionIsReadWithoutACase) {
  EntryRecord entry = ExampleEntry();
  entry.enrolment.case_ticket = Ticket{258};
  std::string body = Encode(entry);
  EXPECT_EQ(DecodeEntry(body)->enrolment.case_ticket, Ticket{258});
  EXPECT_EQ(absl::BytesToHexString(body.substr(body.size() - 8)), "0000000000000102");
  body[0] = 2;
  EXPECT_FALSE(DecodeEntry(body).ok());
  body.resize(body.size() - 8);
  const auto read = DecodeEntry(body);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->enrolment.case_ticket, kNoTicket);
  EXPECT_EQ(read->enrolment.finding_policy, entry.enrolment.finding_policy);
}

TEST(LedgerCodec, ChecksThatAWriterDidNotKnowKeepTheirDefault) {
  EntryRecord entry = ExampleEntry();
  entry.enrolment.finding_policy.Set(Check::kSameFingerTwice, FindingAction::kNote);
  std::string body = Encode(entry);
  body[0] = 2;
  body.resize(body.size() - 8 - 4);  // no case; of six checks, the first two
  body[body.size() - 3] = 2;
  const auto read = DecodeEntry(body);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->enrolment.finding_policy[Check::kSameFingerTwice], FindingAction::kNote);
  EXPECT_EQ(read->enrolment.finding_policy, entry.enrolment.finding_policy);
  body[body.size() - 3] = 7;
  EXPECT_THAT(DecodeEntry(body + std::string(5, '\1')),
              StatusIs(absl::StatusCode::kDataLoss, "got 7 checks, want at most 6"));
}

TEST(FindingPolicy, IsReadFromNamesAndRefusesOthersWithTheList) {
  FindingPolicy policy;
  EXPECT_EQ(policy[Check::kTooFewUsableSamples], FindingAction::kRefuse);
  for (const Check check : kChecks) {
    for (const auto action :
         {FindingAction::kNote, FindingAction::kReview, FindingAction::kRefuse}) {
      std::string text(CheckName(check));
      text += "=";
      text += ActionName(action);
      ASSERT_THAT(policy.Set(text), IsOk());
      EXPECT_EQ(policy[check], action);
    }
  }
  for (const char* bad : {"", "=", "REPLAY", "REPLAY=", "REPLAY=REFUSED", "replay=NOTE", "=NOTE"}) {
    EXPECT_THAT(policy.Set(bad), StatusIs(absl::StatusCode::kInvalidArgument, "MIXED_RECORD"))
        << bad;
  }
}

TEST(LedgerCodec, EveryPrefixAndEveryLongerBodyIsRefused) {
  const std::string body = Encode(ExampleState());
  for (size_t length = 0; length < body.size(); ++length) {
    EXPECT_FALSE(DecodeState(body.substr(0, length)).ok()) << length;
  }
  EXPECT_THAT(DecodeState(body + "x"), StatusIs(absl::StatusCode::kDataLoss, "end: got 1 bytes"));
}

TEST(LedgerCodec, AHugeCountIsRefusedBeforeMemoryIsTaken) {
  std::string body = absl::HexStringToBytes("01ffffffff");
  EXPECT_THAT(DecodeTemplates(body),
              StatusIs(absl::StatusCode::kDataLoss, "templates: got 4294967295 items"));
}

TEST(LedgerCodec, AnotherVersionAndUnknownNumbersAreRefused) {
  std::string body = Encode(FeedRecord{EventKind::kErased, Ticket{7}});
  body[0] = 2;
  EXPECT_THAT(DecodeFeed(body),
              StatusIs(absl::StatusCode::kDataLoss, "version: got 2, want 1 to 1"));
  body[0] = 1;
  body[1] = 9;
  EXPECT_THAT(DecodeFeed(body), StatusIs(absl::StatusCode::kDataLoss, "kind: got 9"));
}

TEST(LedgerCodec, KeysSortLikeTheirNumbers) {
  EXPECT_LT(Key64(255), Key64(256));
  EXPECT_LT(Key64(1), Key64(uint64_t{1} << 40));
  EXPECT_EQ(ParseKey64(Key64(0x0102030405060708)), 0x0102030405060708u);
}

TEST(LedgerCodec, TheChecksumKnowsTheRecordsPlace) {
  const std::string sealed = Seal("state", "k", "body");
  EXPECT_EQ(*Unseal("state", "k", sealed), "body");
  EXPECT_FALSE(Unseal("entry", "k", sealed).ok());
  EXPECT_FALSE(Unseal("state", "j", sealed).ok());
  EXPECT_FALSE(Unseal("statek", "", sealed).ok());
  EXPECT_FALSE(Unseal("state", "k", "abc").ok());
}

// FIPS 180-4 example of the one-block message "abc"; RFC 4231, test case 2.
TEST(LedgerDigest, MatchesThePublishedVectors) {
  EXPECT_EQ(absl::BytesToHexString(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(absl::BytesToHexString(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace distinct::ledger
