#include "tools/distinct/eval_page.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "matchers/modalities.h"
#include "tests/tools/distinct/made_up_sets.h"
#include "tools/distinct/eval_report.h"
#include "tools/distinct/eval_text.h"
#include "tools/distinct/line_chart.h"
#include "tools/distinct/pair_plan.h"
#include "tools/distinct/peers.h"

namespace distinct::cli {
namespace {

constexpr char kMarkup[] = "<script src=\"http://x\">&";

Json Report(const Evaluation& evaluation) {
  const absl::StatusOr<Modalities> modalities = Modalities::Create(std::nullopt);
  return ReportOf(evaluation, *modalities->For(Position::kUnknownFinger), 1, "scalar");
}

std::string Page(const Evaluation& evaluation, const WorstPictures& pictures = {}) {
  return EvalPage(evaluation, Report(evaluation), pictures, {"distinct eval", "today", "a CPU"});
}

std::vector<SetScores> SixSets() {
  std::vector<SetScores> sets;
  for (const char* name :
       {"fvc2004_db3", "fvc2002_db1", "fvc2002_db2", "fvc2002_db3", "fvc2004_db1", "fvc2004_db2"}) {
    sets.push_back(MadeUpSet(name, 10, 8));
  }
  return sets;
}

size_t CountOf(const std::string& text, const std::string& piece) {
  size_t count = 0;
  for (size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) {
    ++count;
  }
  return count;
}

TEST(EvalPage, TextOfOthersCannotBecomeMarkup) {
  Evaluation evaluation;
  evaluation.sets = {MadeUpSet(kMarkup, 2, 2)};
  SetScores& scores = evaluation.sets[0];
  for (ImageFile& image : scores.set.images) image.name = image.identity = kMarkup;
  scores.facts[0] = {std::nullopt, {}, kMarkup};
  scores.facts[1].flags = {kMarkup};
  PairAt(scores, 0, 1).score = kFailureScore;
  const PairOfSet worst{0, PairAt(scores, 1, 2)};
  const std::string page = EvalPage(evaluation, Report(evaluation), {{}, {{worst, 3, {"png"}}}},
                                    {kMarkup, kMarkup, kMarkup});
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("http://x\""), std::string::npos);
  // Set, images, failure, flag, command, date and CPU, each at least once.
  EXPECT_GE(CountOf(page, "&lt;script src=&quot;http://x&quot;&gt;&amp;"), 7U);
}

TEST(EvalPage, LoadsNothingFromElsewhere) {
  Evaluation evaluation;
  evaluation.sets = {MadeUpSet("a", 2, 2)};
  const PairOfSet worst{0, PairAt(evaluation.sets[0], 0, 1)};
  const std::string page = Page(evaluation, {{{worst, 3, {"one", "two"}}}, {}});
  EXPECT_EQ(CountOf(page, "src="), 2U);
  EXPECT_EQ(CountOf(page, "src=\"data:image/png;base64,"), 2U);
  for (const char* way : {"href", "url(", "@import", "<link", "<script", "<iframe", "http"}) {
    EXPECT_EQ(page.find(way), std::string::npos) << way;
  }
}

TEST(EvalPage, ListsImagesWithoutATemplateWithTheReason) {
  Evaluation evaluation;
  evaluation.sets = {MadeUpSet("a", 2, 2)};
  EXPECT_NE(Page(evaluation).find("None."), std::string::npos);
  evaluation.sets[0].facts[2] = {std::nullopt, {}, "no ridges"};
  const std::string page = Page(evaluation);
  EXPECT_NE(page.find("2_1.png</td><td>no ridges"), std::string::npos);
}

TEST(EvalPage, HasPeersOnlyBesideTheSetsTheyWereMeasuredOn) {
  Evaluation evaluation;
  evaluation.sets = SixSets();
  EXPECT_EQ(Report(evaluation)["pooled"]["mated"], 1680);
  EXPECT_EQ(Report(evaluation)["pooled"]["nonmated"], 17280);
  const std::string page = Page(evaluation);
  EXPECT_NE(page.find("SourceAFIS"), std::string::npos);
  EXPECT_NE(page.find("22.86"), std::string::npos);
  EXPECT_NE(page.find(std::string(kPeersMeasured)), std::string::npos);
  EXPECT_NE(page.find("60 fingers are few"), std::string::npos);
  evaluation.sets.pop_back();
  EXPECT_EQ(Page(evaluation).find("SourceAFIS"), std::string::npos);
}

TEST(Peers, AreThereForTheSixSetsInAnyOrderAndForNoOthers) {
  EXPECT_TRUE(ArePeerSets(SixSets()));
  std::vector<SetScores> sets = SixSets();
  sets[0].set.name = "fvc2002_db4";
  EXPECT_FALSE(ArePeerSets(sets));
  sets = SixSets();
  sets[0].pairs.pop_back();  // mated
  EXPECT_FALSE(ArePeerSets(sets));
  sets = SixSets();
  std::erase_if(sets[0].pairs, [](const PairScore& p) { return p.probe == 0 && p.reference == 8; });
  EXPECT_FALSE(ArePeerSets(sets));
  sets = SixSets();
  sets.push_back(MadeUpSet("crossmatch", 10, 8));
  EXPECT_FALSE(ArePeerSets(sets));
  sets = SixSets();
  sets[1].set.name = sets[2].set.name;
  EXPECT_FALSE(ArePeerSets(sets));
}

TEST(EvalReport, SaysWhatLeavingOutTheWorstTenthIsWorth) {
  // Ten fingers of two prints: ten mated pairs, two of them missed at any FMR (non-mated pairs
  // score 1), one of low quality.
  Evaluation evaluation;
  evaluation.sets = {MadeUpSet("a", 10, 2)};
  SetScores& scores = evaluation.sets[0];
  PairAt(scores, 0, 1).score = 0;
  PairAt(scores, 2, 3).score = 0.5;
  scores.facts[3].quality = Quality{7};
  const Json report = Report(evaluation);
  for (const Json& figures : {report["pooled"], report["sets"][0]}) {
    EXPECT_DOUBLE_EQ(figures["threshold_at_fmr"]["1e-3"], 1);
    EXPECT_DOUBLE_EQ(figures["fnmr_at_fmr"]["1e-3"], 0.2);
    EXPECT_DOUBLE_EQ(figures["discard"]["0.1"]["fnmr"], 1.0 / 9);
    EXPECT_DOUBLE_EQ(figures["discard"]["0.1"]["relative_fall"], 1 - (1.0 / 9) / 0.2);
    const Json& interval = figures["ci95"]["discard"]["0.1"]["relative_fall"];
    ASSERT_TRUE(interval.is_array());
    EXPECT_LE(interval[0], interval[1]);
  }
}

TEST(EvalReport, WithoutAMissNothingFalls) {
  Evaluation evaluation;
  evaluation.sets = {MadeUpSet("a", 3, 2)};
  const Json report = Report(evaluation);
  EXPECT_DOUBLE_EQ(report["pooled"]["discard"]["0.1"]["fnmr"], 0);
  EXPECT_TRUE(report["pooled"]["discard"]["0.1"]["relative_fall"].is_null());
  EXPECT_NE(Page(evaluation).find("nothing to fall"), std::string::npos);
}

TEST(EvalPage, ASetOfOneFingerHasNoRatesAndStillAPage) {
  Evaluation evaluation;
  evaluation.sets = {MadeUpSet("a", 1, 3)};
  EXPECT_TRUE(Report(evaluation)["pooled"]["discard"]["0.1"]["fnmr"].is_null());
  EXPECT_NE(Page(evaluation).find("</html>"), std::string::npos);
}

TEST(EvalText, NumbersAreForReading) {
  EXPECT_EQ(Count(uint64_t{0}), "0");
  EXPECT_EQ(Count(uint64_t{999}), "999");
  EXPECT_EQ(Count(uint64_t{17280}), "17,280");
  EXPECT_EQ(Count(uint64_t{1234567}), "1,234,567");
  EXPECT_EQ(Percent(0.025595), "2.56");
  EXPECT_EQ(Percent(nullptr), "-");
  EXPECT_EQ(Range(Json::array({0.0095, 0.0417})), "0.95 to 4.17");
  EXPECT_EQ(Range(nullptr), "-");
}

TEST(LineChart, DrawsDecadesAndKeepsPointsInside) {
  const Curve curve{"<x>", "<y>", CurveClass(0), {{0, 50}, {1e-9, 1}, {200, 1000}}, {}};
  const std::string svg = LineChartSvg({curve}, {"<a>", 0.01, 100, true}, {"<b>", 0, 100, false});
  for (const char* markup : {"<x>", "<y>", "<a>", "<b>", "nan", "inf"}) {
    EXPECT_EQ(svg.find(markup), std::string::npos) << markup;
  }
  for (const char* decade : {">0.01<", ">0.1<", ">1<", ">10<", ">100<"}) {
    EXPECT_NE(svg.find(decade), std::string::npos) << decade;
  }
  EXPECT_NE(svg.find("d=\"M62.0 240.0L62.0 463.4L610.0 12.0\""), std::string::npos) << svg;
}

TEST(LineChart, ASeventhCurveIsDashedInTheFirstColour) {
  EXPECT_EQ(CurveClass(0), "one");
  EXPECT_EQ(CurveClass(6), "one again");
}

}  // namespace
}  // namespace distinct::cli
