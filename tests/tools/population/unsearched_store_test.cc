#include "tools/population/unsearched_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "engine/ledger/ledger.h"
#include "matchers/finger/template.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::population {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

constexpr uint64_t kPersons = 200;

absl::Status Fill(const std::filesystem::path& store, std::atomic<uint64_t>& stored) {
  return FillStoreUnsearched(store, synthesis::People(3),
                             {.persons = kPersons, .fingers = FirstFingers(3)},
                             [&](uint64_t persons) { stored += persons; });
}

TEST(UnsearchedStore, HoldsEveryPersonOnceDecidedUniqueWithTheirTemplates) {
  const testing::TempDir folder;
  std::atomic<uint64_t> stored{0};
  ASSERT_THAT(Fill(folder / "store", stored), IsOk());
  EXPECT_EQ(stored, kPersons);
  const auto ledger = ledger::Ledger::Open(folder / "store");
  ASSERT_THAT(ledger, IsOk());
  EXPECT_EQ((*ledger)->counts().unique, kPersons);
  EXPECT_EQ((*ledger)->head(), Ticket{kPersons});
  const synthesis::People people(3);
  std::set<std::string> ids;
  for (uint64_t number = 1; number <= kPersons; ++number) {
    const auto enrolment = (*ledger)->Read(Ticket{number});
    ASSERT_THAT(enrolment, IsOk());
    ids.insert(enrolment->id.value);
    ASSERT_EQ(enrolment->templates.size(), 3u);
    if (enrolment->id.value != "p17-0") continue;
    const auto made = people.Capture(17, 0, FirstFingers(3));
    for (size_t i = 0; i < made.size(); ++i) {
      EXPECT_EQ(finger::TemplateView(enrolment->templates[i].bytes).scored(), made[i].bytes);
      EXPECT_EQ(enrolment->templates[i].position, made[i].position);
    }
  }
  EXPECT_EQ(ids.size(), kPersons);
}

TEST(UnsearchedStore, OfSomebodyElseIsNotFilled) {
  const testing::TempDir folder;
  std::atomic<uint64_t> stored{0};
  ASSERT_THAT(Fill(folder / "store", stored), IsOk());
  EXPECT_THAT(Fill(folder / "store", stored),
              StatusIs(absl::StatusCode::kFailedPrecondition, "want an empty store"));
  EXPECT_EQ(stored, kPersons);
}

TEST(FirstFingers, AreThoseThatRegistriesAskForFirst) {
  EXPECT_EQ(FirstFingers(2), (std::vector<Position>{Position::kRightThumb, Position::kLeftThumb}));
  const std::vector<Position> all = FirstFingers(10);
  EXPECT_EQ(std::set<Position>(all.begin(), all.end()).size(), 10u);
}

}  // namespace
}  // namespace distinct::population
