#include "engine/ledger/startup.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/conformance/ledger_fixture.h"
#include "tests/support/status_matchers.h"

namespace distinct::ledger {
namespace {

using ::distinct::testing::AppendOne;
using ::distinct::testing::AuditOf;
using ::distinct::testing::DecideOne;
using ::distinct::testing::IsOk;
using ::distinct::testing::OpenLedger;
using ::distinct::testing::StatusIs;
using ::distinct::testing::TempDir;

// More than one thread checks at a time.
constexpr uint64_t kPersons = 1000;

void Fill(Ledger& ledger) {
  for (uint64_t i = 0; i < kPersons; ++i) {
    const Ticket ticket = AppendOne(ledger, absl::StrCat("e-", i));
    if (i % 3 != 0) DecideOne(ledger, ticket, DecisionKind::kUnique);
    if (i % 50 == 7) {
      ASSERT_THAT(ledger.Erase({absl::StrCat("e-", i)}, AuditOf("ERASE")), IsOk());
    }
  }
}

std::string Text(const Entry& entry) {
  std::string text = absl::StrCat(Number(entry.ticket), " ", static_cast<int>(entry.kind));
  for (const Template& one : entry.templates) absl::StrAppend(&text, " ", one.bytes);
  for (const Ticket closed : entry.closed) absl::StrAppend(&text, " closes ", Number(closed));
  return text;
}

TEST(LedgerStartup, HandsOnWhatFollowingFromTheBeginningGives) {
  const TempDir folder;
  Fill(*OpenLedger(folder / "store"));
  std::vector<std::string> handed_on;
  const auto hand_on = [&](const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) handed_on.push_back(Text(entry));
    return absl::OkStatus();
  };
  std::vector<uint64_t> told;
  const auto tell = [&](std::string_view what, uint64_t done, uint64_t total) {
    EXPECT_EQ(what, "entries checked");
    EXPECT_EQ(total, kPersons + kPersons / 50);
    told.push_back(done);
  };
  const auto opened = Ledger::Open(folder / "store", {.progress = tell, .on_entries = hand_on});
  ASSERT_THAT(opened, IsOk());
  const Ledger& ledger = **opened;
  const auto followed = ledger.Follow(kNoTicket, 10 * kPersons, size_t{1} << 30);
  ASSERT_THAT(followed, IsOk());
  ASSERT_EQ(followed->size(), kPersons + kPersons / 50);
  ASSERT_EQ(handed_on.size(), followed->size());
  for (size_t i = 0; i < followed->size(); ++i) EXPECT_EQ(handed_on[i], Text((*followed)[i]));
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), Number(ledger.head()));
  EXPECT_EQ(ledger.counts().open + ledger.counts().unique + ledger.counts().erased +
                ledger.counts().withdrawn,
            kPersons);
}

TEST(LedgerStartup, EndsWithTheErrorOfWhoGetsTheEntries) {
  const TempDir folder;
  Fill(*OpenLedger(folder / "store"));
  int calls = 0;
  const auto refuse = [&](const std::vector<Entry>&) {
    ++calls;
    return absl::CancelledError("enough");
  };
  const auto opened = Ledger::Open(folder / "store", {.on_entries = refuse});
  EXPECT_THAT(opened, StatusIs(absl::StatusCode::kCancelled, "enough"));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace distinct::ledger
