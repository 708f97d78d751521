#include "engine/crosscheck/crosscheck.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "engine/policy.h"
#include "tests/engine/search/code_modality.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace distinct::crosscheck {
namespace {

using ::distinct::testing::CodeModalities;
using ::distinct::testing::DrawPerson;
using ::distinct::testing::IsOk;
using ::distinct::testing::PersonTemplates;
using ::distinct::testing::Recapture;
using ::distinct::testing::StatusIs;

// A gallery to check and a store to remember how far the check came. Person i has number i.
class CrossCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = ledger::Ledger::Open(directory_ / "store");
    ASSERT_THAT(opened, IsOk());
    ledger_ = *std::move(opened);
  }

  Ticket Add(const PersonTemplates& templates) {
    const Ticket ticket{Number(gallery_->watermark()) + 1};
    EXPECT_THAT(gallery_->Add(ticket, templates), IsOk());
    return ticket;
  }

  // Tags are for enrolments that the ledger knows; nothing else here reads one from it.
  void AppendAll() {
    for (uint64_t number = 1; number <= Number(gallery_->watermark()); ++number) {
      ledger::Enrolment enrolment;
      enrolment.id = {absl::StrCat("e-", number)};
      enrolment.digest = ledger_->Digest(enrolment.id.value);
      enrolment.templates = gallery_->TemplatesOf(Ticket{number}, gallery_->watermark());
      ASSERT_THAT(ledger_->Append(enrolment, std::nullopt), IsOk());
    }
  }

  // `people` persons; each tenth enrolled again at once, each thirtieth a third time at the end.
  void AddTown(int people) {
    std::vector<std::pair<Ticket, PersonTemplates>> thrice;
    for (int i = 0; i < people; ++i) {
      const PersonTemplates person = DrawPerson(random_, 3);
      const Ticket first = Add(person);
      if (i % 10 != 0) continue;
      Plant(first, Add(Recapture(random_, person)));
      if (i % 30 == 0) thrice.emplace_back(first, person);
    }
    for (const auto& [first, person] : thrice) {
      const Ticket third = Add(Recapture(random_, person));
      Plant(first, third);
      Plant(Ticket{Number(first) + 1}, third);
    }
  }
  void Plant(Ticket a, Ticket b) { planted_.insert({a, b}); }

  absl::StatusOr<Result> RunJob(std::string_view job, const CrossCheckOptions& options,
                                int threads = 2) {
    return crosscheck::Run(cascade_, *ledger_, *gallery_, job, options, threads,
                           [](const Progress&) { return true; });
  }

  static std::set<std::pair<Ticket, Ticket>> Found(const Result& result) {
    std::set<std::pair<Ticket, Ticket>> found;
    for (const Pair& pair : result.pairs) found.insert({pair.a, pair.b});
    EXPECT_EQ(found.size(), result.pairs.size());  // each pair once
    return found;
  }

  static CrossCheckOptions Everybody() {
    return {std::nullopt, std::nullopt, kFirstPolicy.duplicate};
  }

  distinct::testing::TempDir directory_;
  std::mt19937_64 random_{1};
  Modalities modalities_ = CodeModalities();
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<gallery::Gallery> gallery_ = gallery::Gallery::Create(modalities_, {3}).value();
  search::Cascade cascade_{modalities_, *gallery_, {}};
  std::set<std::pair<Ticket, Ticket>> planted_;
};

TEST_F(CrossCheck, FindsEveryPlantedPairAndCountsEveryPairOnce) {
  AddTown(200);
  const uint64_t n = gallery_->persons();
  const auto result = RunJob("all", Everybody());
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(Found(*result), planted_);
  EXPECT_EQ(result->pairs_compared, n * (n - 1) / 2);
  EXPECT_EQ(result->clusters.size(), 20U);
  for (const auto& cluster : result->clusters) {
    EXPECT_EQ(cluster.size(), Number(cluster[0]) % 33 == 1 ? 3U : 2U);  // 30 persons, 33 tickets
  }
}

TEST_F(CrossCheck, AnErasedPersonIsNeitherProbeNorReference) {
  AddTown(40);
  const Ticket gone = planted_.begin()->first;
  ASSERT_THAT(gallery_->Erase(Ticket{Number(gallery_->watermark()) + 1}, {&gone, 1}), IsOk());
  std::erase_if(planted_,
                [&](const auto& pair) { return pair.first == gone || pair.second == gone; });
  const auto result = RunJob("all", Everybody());
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(Found(*result), planted_);
  const uint64_t n = gallery_->persons();
  EXPECT_EQ(result->pairs_compared, n * (n - 1) / 2);
}

TEST_F(CrossCheck, GivesWayToOnlineWork) {
  AddTown(10);
  const search::RightOfWay::Passage online = cascade_.right_of_way().Enter();
  const auto result = RunJob("all", Everybody(), 1);
  ASSERT_THAT(result, IsOk());
  EXPECT_GE(result->elapsed, search::kPatience);
}

TEST_F(CrossCheck, AStoppedJobResumesToTheSameResult) {
  AddTown(90);
  const auto whole = RunJob("whole", Everybody());
  ASSERT_THAT(whole, IsOk());
  std::vector<Pair> reported;
  int runs = 0;
  absl::StatusOr<Result> result = absl::CancelledError("not yet begun");
  while (absl::IsCancelled(result.status())) {
    ASSERT_LT(++runs, 100);
    // A restart between two runs, and people who enrol meanwhile: the job keeps its snapshot.
    ledger_.reset();
    SetUp();
    Add(DrawPerson(random_, 3));
    result = crosscheck::Run(
        cascade_, *ledger_, *gallery_, "in pieces", Everybody(), 1, [&](const Progress& progress) {
          reported.insert(reported.end(), progress.new_pairs.begin(), progress.new_pairs.end());
          return false;
        });
  }
  ASSERT_THAT(result, IsOk());
  EXPECT_GT(runs, 5);
  // The first run began after one more person than the whole job saw.
  const uint64_t n = Number(gallery_->watermark()) - static_cast<uint64_t>(runs - 1);
  EXPECT_EQ(result->pairs_compared, n * (n - 1) / 2);
  EXPECT_EQ(result->pairs, whole->pairs);
  EXPECT_EQ(result->clusters, whole->clusters);
  EXPECT_EQ(reported.size(), whole->pairs.size());
}

TEST_F(CrossCheck, AFinishedJobAnswersItsPairsAgain) {
  AddTown(30);
  const auto first = RunJob("all", Everybody());
  ASSERT_THAT(first, IsOk());
  Add(DrawPerson(random_, 3));
  const auto again =
      crosscheck::Run(cascade_, *ledger_, *gallery_, "all", Everybody(), 2, [](const Progress&) {
        ADD_FAILURE() << "searched again";
        return true;
      });
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->pairs, first->pairs);
  EXPECT_EQ(again->pairs_compared, first->pairs_compared);
}

TEST_F(CrossCheck, AFinishedJobKeepsItsAnswerWhateverItsTagHoldsByThen) {
  AddTown(12);
  AppendAll();
  CrossCheckOptions options = Everybody();
  options.tag = "north";
  ASSERT_THAT(ledger_->Tag({"e-1"}, "north"), IsOk());
  ASSERT_THAT(ledger_->Tag({"e-2"}, "north"), IsOk());
  const auto first = RunJob("north", options);
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(Found(*first).size(), 1U);
  const auto expect_the_same = [&] {
    const auto again = RunJob("north", options);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->pairs, first->pairs);
    EXPECT_EQ(again->pairs_compared, first->pairs_compared);
  };
  ASSERT_THAT(ledger_->Tag({"e-3"}, "north"), IsOk());
  expect_the_same();
  for (const char* id : {"e-1", "e-2", "e-3"}) {
    ASSERT_THAT(ledger_->Untag({id}, "north"), IsOk());
  }
  expect_the_same();
}

TEST_F(CrossCheck, AJobOverNobodyStaysFinished) {
  ASSERT_THAT(RunJob("all", Everybody()), IsOk());
  AddTown(12);
  const auto again = RunJob("all", Everybody());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->pairs_compared, 0U);
}

TEST_F(CrossCheck, WhoHasOnlyTemplatesOfAModalityThatIsNotLoadedIsNoProbe) {
  AddTown(11);
  const Ticket face = Add({{Position::kFace, 1, Quality{50}, "a face"}});
  const auto result = RunJob("all", Everybody());
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(Found(*result), planted_);
  const uint64_t n = Number(face) - 1;
  EXPECT_EQ(result->pairs_compared, n * (n - 1) / 2);
}

TEST_F(CrossCheck, OtherOptionsUnderTheSameNameAreRefused) {
  AddTown(12);
  ASSERT_THAT(RunJob("all", Everybody()), IsOk());
  CrossCheckOptions other = Everybody();
  other.llr_min = Llr{5};
  EXPECT_THAT(RunJob("all", other),
              StatusIs(absl::StatusCode::kFailedPrecondition, "llr_min 5, want"));
}

TEST_F(CrossCheck, ATagIsComparedWithItselfOrAnotherTagEachPairOnce) {
  AddTown(60);
  AppendAll();
  const auto tag = [&](uint64_t number, std::string_view name) {
    ASSERT_THAT(ledger_->Tag({absl::StrCat("e-", number)}, name), IsOk());
  };
  // 1, 2 and the last are one person; so are 12 and 13.
  const uint64_t last = Number(planted_.begin()->second) == 2
                            ? Number(std::next(planted_.begin())->second)
                            : Number(planted_.begin()->second);
  for (const uint64_t number : {uint64_t{1}, uint64_t{2}, uint64_t{12}, uint64_t{20}}) {
    tag(number, "north");
  }
  for (const uint64_t number : {uint64_t{2}, uint64_t{1}, uint64_t{13}, last}) tag(number, "south");

  CrossCheckOptions options = Everybody();
  options.tag = "north";
  const auto within = RunJob("within", options);
  ASSERT_THAT(within, IsOk());
  EXPECT_EQ(within->pairs_compared, 6U);
  using Pairs = std::set<std::pair<Ticket, Ticket>>;
  EXPECT_EQ(Found(*within), Pairs({{Ticket{1}, Ticket{2}}}));

  options.against = "south";
  const auto between = RunJob("between", options);
  ASSERT_THAT(between, IsOk());
  // 4 x 4, less 1-1 and 2-2, less 1-2 the second time.
  EXPECT_EQ(between->pairs_compared, 13U);
  EXPECT_EQ(Found(*between), Pairs({{Ticket{1}, Ticket{2}},
                                    {Ticket{1}, Ticket{last}},
                                    {Ticket{2}, Ticket{last}},
                                    {Ticket{12}, Ticket{13}}}));
}

TEST_F(CrossCheck, ATagWithNoMembersIsNotFound) {
  AddTown(2);
  CrossCheckOptions options = Everybody();
  options.tag = "nobody";
  EXPECT_THAT(RunJob("tagged", options),
              StatusIs(absl::StatusCode::kNotFound, "tag: got nobody with no members"));
}

TEST_F(CrossCheck, AStateThatCannotBeReadIsDataLoss) {
  AddTown(2);
  ASSERT_THAT(ledger_->PutJobState("crosscheck/broken", "format=1\nsnapshot=x"), IsOk());
  EXPECT_THAT(RunJob("broken", Everybody()),
              StatusIs(absl::StatusCode::kDataLoss, "start it again under another name"));
}

TEST_F(CrossCheck, AJobNeedsANameAndAThread) {
  EXPECT_THAT(RunJob("", Everybody()), StatusIs(absl::StatusCode::kInvalidArgument, "want a name"));
  EXPECT_THAT(RunJob("all", Everybody(), 0),
              StatusIs(absl::StatusCode::kInvalidArgument, "on 0 threads"));
}

}  // namespace
}  // namespace distinct::crosscheck
