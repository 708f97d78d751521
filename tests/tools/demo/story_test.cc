#include "tools/demo/story.h"

#include <gtest/gtest.h>

namespace distinct::demo {
namespace {

using cli::Json;

Json Answer(const std::string& id, const std::string& decision, const std::string& original = "") {
  Json answer = {{"enrolment_id", id},
                 {"decision", decision},
                 {"duplicate_of", nullptr},
                 {"candidates", Json::array()}};
  if (decision == "DUPLICATE") answer["duplicate_of"] = original;
  if (!original.empty()) answer["candidates"].push_back({{"enrolment_id", original}, {"llr", 9.0}});
  return answer;
}

const Json kError = {{"enrolment_id", "x"}, {"error", {{"code", "INTERNAL"}}}};

TEST(Story, ANewPersonMustBeUnique) {
  EXPECT_EQ(JudgeFirst(Answer("a", "UNIQUE")), Verdict::kAsPlanned);
  EXPECT_EQ(JudgeFirst(Answer("a", "REVIEW", "b")), Verdict::kWrong);
  EXPECT_EQ(JudgeFirst(Answer("a", "DUPLICATE", "b")), Verdict::kWrong);
  EXPECT_EQ(JudgeFirst(kError), Verdict::kWrong);
}

TEST(Story, APersonEnrolledBeforeMustBeFoundAndNeverUnique) {
  EXPECT_EQ(JudgeAgain(Answer("a", "DUPLICATE", "o"), {"o"}), Verdict::kAsPlanned);
  EXPECT_EQ(JudgeAgain(Answer("a", "REVIEW", "o"), {"o"}), Verdict::kReview);
  EXPECT_EQ(JudgeAgain(Answer("a", "DUPLICATE", "p"), {"o"}), Verdict::kWrong);
  EXPECT_EQ(JudgeAgain(Answer("a", "REVIEW", "p"), {"o"}), Verdict::kWrong);
  EXPECT_EQ(JudgeAgain(Answer("a", "UNIQUE"), {"o"}), Verdict::kWrong);
  EXPECT_EQ(JudgeAgain(kError, {"o"}), Verdict::kWrong);
  // Another enrolment of the same person names them as well.
  EXPECT_EQ(JudgeAgain(Answer("a", "REVIEW", "b"), {"o", "a", "b"}), Verdict::kReview);
}

TEST(Story, OfARaceExactlyOneIsUnique) {
  using Both = std::pair<Verdict, Verdict>;
  const Both won(Verdict::kAsPlanned, Verdict::kAsPlanned), lost(Verdict::kWrong, Verdict::kWrong);
  EXPECT_EQ(JudgeRace(Answer("a", "UNIQUE"), Answer("b", "DUPLICATE", "a")), won);
  EXPECT_EQ(JudgeRace(Answer("a", "DUPLICATE", "b"), Answer("b", "UNIQUE")), won);
  EXPECT_EQ(JudgeRace(Answer("a", "UNIQUE"), Answer("b", "UNIQUE")), lost);
  EXPECT_EQ(JudgeRace(Answer("a", "DUPLICATE", "b"), Answer("b", "DUPLICATE", "a")), lost);
  EXPECT_EQ(JudgeRace(Answer("a", "UNIQUE"), Answer("b", "REVIEW", "a")),
            Both(Verdict::kAsPlanned, Verdict::kReview));
  EXPECT_EQ(JudgeRace(Answer("a", "UNIQUE"), kError), Both(Verdict::kAsPlanned, Verdict::kWrong));
}

}  // namespace
}  // namespace distinct::demo
