#include "engine/gallery/scan_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace distinct::gallery {
namespace {

using enum Position;

ProbeVector Probe(Position position) { return {position, {}, position != kFace}; }

// "together/probe/reference: probe-column ..." a term.
std::string Text(const std::vector<PlannedTerm>& terms) {
  std::string text;
  for (const PlannedTerm& term : terms) {
    absl::StrAppend(&text, term.list.together, "/", term.list.probe, "/",
                    static_cast<int>(term.list.reference), ":");
    for (const auto& pair : term.pairs) absl::StrAppend(&text, " ", pair.probe, "-", pair.column);
    text += "; ";
  }
  return text;
}

TEST(ScanPlan, FingersThatBothShowOnceSpeakTogether) {
  const ProbeVector probes[] = {Probe(kLeftThumb), Probe(kRightThumb), Probe(kRightLittle)};
  const Position columns[] = {kRightThumb, kRightIndex, kLeftThumb};
  EXPECT_EQ(Text(PlanTerms(probes, columns)), "2/0/0: 0-2 1-0; ");
}

TEST(ScanPlan, OneCommonFingerCompetesUnderItsOwnName) {
  const ProbeVector probes[] = {Probe(kLeftThumb), Probe(kRightThumb)};
  const Position columns[] = {kRightThumb, kRightIndex};
  EXPECT_EQ(Text(PlanTerms(probes, columns)), "1/1/1: 1-0; ");
}

TEST(ScanPlan, WithoutACommonPositionNothingIsScanned) {
  const ProbeVector probes[] = {Probe(kLeftThumb)};
  const Position columns[] = {kRightThumb, kFace};
  EXPECT_EQ(Text(PlanTerms(probes, columns)), "");
}

TEST(ScanPlan, OnlyTheFirstFewSpeak) {
  std::vector<ProbeVector> probes;
  std::vector<Position> columns;
  for (int i = 1; i <= 10; ++i) {
    probes.push_back(Probe(*PositionFromNumber(11 - i)));
    columns.push_back(*PositionFromNumber(i));
  }
  const std::vector<PlannedTerm> terms = PlanTerms(probes, columns);
  ASSERT_EQ(terms.size(), 1U);
  ASSERT_EQ(terms[0].pairs.size(), kSpeakTogetherMax);
  for (uint32_t i = 0; i < kSpeakTogetherMax; ++i) {
    EXPECT_EQ(terms[0].pairs[i].probe, i);
    EXPECT_EQ(terms[0].pairs[i].column, 9 - i);
  }
}

TEST(ScanPlan, UnlabelledAndRepeatedFingersSpeakForThemselves) {
  const ProbeVector probes[] = {Probe(kUnknownFinger), Probe(kRightThumb), Probe(kLeftThumb),
                                Probe(kLeftIndex)};
  const Position columns[] = {kUnknownFinger, kRightThumb, kRightThumb, kLeftThumb, kLeftIndex};
  EXPECT_EQ(Text(PlanTerms(probes, columns)),
            "1/0/0: 0-0; 1/0/1: 0-1; 1/0/1: 0-2; 1/0/6: 0-3; 1/0/7: 0-4; "  // unknown meets all
            "1/1/0: 1-0; 1/1/1: 1-1; 1/1/1: 1-2; "                          // shown twice
            "1/2/0: 2-0; 1/3/0: 3-0; 2/0/0: 2-3 3-4; ");
}

TEST(ScanPlan, AFaceIsAListOfItsOwn) {
  const ProbeVector probes[] = {Probe(kRightThumb), Probe(kFace)};
  const Position columns[] = {kRightThumb, kFace};
  EXPECT_EQ(Text(PlanTerms(probes, columns)), "1/1/16: 1-1; 1/0/1: 0-0; ");
}

}  // namespace
}  // namespace distinct::gallery
