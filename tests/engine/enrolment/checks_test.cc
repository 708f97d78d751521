// Each check of a submission: what it names, and what it leaves alone.
#include "engine/enrolment/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/engine/search/code_modality.h"

namespace distinct::enrolment {
namespace {

using ::distinct::testing::CodeModalities;
using ::distinct::testing::DrawTemplate;
using ::distinct::testing::Recapture;
using ledger::Check;
using ledger::Finding;
using ledger::FindingAction;
using ledger::FindingPolicy;
using search::InspectedPair;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Codes(const std::vector<Finding>& findings) {
  std::vector<std::string> codes;
  for (const Finding& finding : findings) codes.push_back(finding.code);
  return codes;
}

class SubmissionChecks : public ::testing::Test {
 protected:
  Template Draw(Position position) { return DrawTemplate(random_, position, 24); }
  Template Again(const Template& finger, Position position) {
    Template again = Recapture(random_, finger);
    again.position = position;
    return again;
  }
  std::vector<Finding> Check(const std::vector<Template>& templates, int usable_samples_min = 1) {
    return CheckSubmission(modalities_, templates, {FindingPolicy(), usable_samples_min});
  }

  const Modalities modalities_ = CodeModalities();
  std::mt19937_64 random_{5};
};

TEST_F(SubmissionChecks, DifferentFingersUnderTheirOwnPositionsAreNothingOdd) {
  const Template thumb = Draw(Position::kRightThumb);
  EXPECT_THAT(Check({thumb, Again(thumb, Position::kRightThumb), Draw(Position::kRightIndex),
                     Draw(Position::kLeftThumb), Draw(Position::kUnknownFinger)}),
              IsEmpty());
  EXPECT_THAT(Check({}), IsEmpty());
}

TEST_F(SubmissionChecks, OneFingerUnderTwoPositionsIsNamedWithBoth) {
  const Template thumb = Draw(Position::kRightThumb);
  const auto findings = Check({Draw(Position::kRightIndex), thumb, Draw(Position::kLeftIndex),
                               Again(thumb, Position::kLeftThumb)});
  ASSERT_THAT(Codes(findings), ElementsAre("SAME_FINGER_TWICE"));
  EXPECT_THAT(findings[0].text, HasSubstr("RIGHT_THUMB and LEFT_THUMB show the same finger"));
  EXPECT_EQ(findings[0].action, FindingAction::kReview);
}

TEST_F(SubmissionChecks, AnUnlabelledFingerMayBeOneThatHasALabelToo) {
  const Template thumb = Draw(Position::kRightThumb);
  EXPECT_THAT(Check({thumb, Again(thumb, Position::kUnknownFinger)}), IsEmpty());
}

TEST_F(SubmissionChecks, SamplesOfOnePositionThatDifferAreNamed) {
  const auto findings = Check({Draw(Position::kRightThumb), Draw(Position::kRightThumb)});
  ASSERT_THAT(Codes(findings), ElementsAre("SAMPLES_OF_ONE_POSITION_DIFFER"));
  EXPECT_THAT(findings[0].text, HasSubstr("RIGHT_THUMB: the 2 samples"));
}

TEST_F(SubmissionChecks, OneImageTwiceUnderOnePositionIsAReplay) {
  const Template thumb = Draw(Position::kRightThumb);
  const auto findings = Check({thumb, thumb});
  ASSERT_THAT(Codes(findings), ElementsAre("REPLAY"));
  EXPECT_THAT(findings[0].text, HasSubstr("RIGHT_THUMB: one image was sent twice"));
}

TEST_F(SubmissionChecks, FewerSamplesThanWantedAreNamedUnlessThereIsNone) {
  const Template thumb = Draw(Position::kRightThumb);
  EXPECT_THAT(Check({thumb}, 1), IsEmpty());
  const auto findings = Check({thumb}, 2);
  ASSERT_THAT(Codes(findings), ElementsAre("TOO_FEW_USABLE_SAMPLES"));
  EXPECT_THAT(findings[0].text, HasSubstr("got 1 usable samples, want at least 2"));
  EXPECT_EQ(findings[0].action, FindingAction::kRefuse);
  EXPECT_THAT(Check({thumb, Draw(Position::kLeftThumb)}, 2), IsEmpty());
  EXPECT_THAT(Check({}, 2), IsEmpty()) << "NO_USABLE_SAMPLE says it";
}

TEST_F(SubmissionChecks, EveryFindingAsksForWhatThePolicySays) {
  const Template thumb = Draw(Position::kRightThumb);
  for (const auto action : {FindingAction::kNote, FindingAction::kReview, FindingAction::kRefuse}) {
    SubmissionRules rules{{}, 9};
    for (const ledger::Check check : ledger::kChecks) rules.policy.Set(check, action);
    const auto findings = CheckSubmission(
        modalities_, {thumb, thumb, Again(thumb, Position::kLeftThumb), Draw(Position::kLeftThumb)},
        rules);
    EXPECT_EQ(findings.size(), 4U);
    for (const Finding& finding : findings) EXPECT_EQ(finding.action, action) << finding.code;
  }
}

// A pair of good samples.
InspectedPair Pair(Position probe, Position reference, float llr) {
  return {probe, reference, Llr{llr}, Quality{80}, Quality{80}, false};
}
InspectedPair Own(Position position, float llr) { return Pair(position, position, llr); }

constexpr Position kThumb = Position::kRightThumb, kIndex = Position::kRightIndex,
                   kMiddle = Position::kRightMiddle, kLeft = Position::kLeftThumb;
constexpr float kSame = 16, kOther = -3.5F;

std::vector<Finding> Beside(const std::vector<InspectedPair>& pairs) {
  return CheckAgainstPerson("ada", pairs, FindingPolicy());
}

TEST(ChecksBesideAPerson, APersonWhoMatchesAsLabelledIsNothingOdd) {
  EXPECT_THAT(Beside({Own(kThumb, kSame), Own(kIndex, kSame), Own(kMiddle, 2)}), IsEmpty());
  EXPECT_THAT(Beside({}), IsEmpty());
}

TEST(ChecksBesideAPerson, FingersUnderOtherPositionsAreNamedAndNotMixed) {
  const auto findings = Beside({Own(kThumb, kSame), Own(kIndex, kOther), Own(kMiddle, kOther),
                                Own(kLeft, kSame), Pair(kIndex, kMiddle, kSame),
                                Pair(kMiddle, kIndex, kSame), Pair(kIndex, kThumb, kOther)});
  ASSERT_THAT(Codes(findings), ElementsAre("POSITIONS_SWAPPED"));
  EXPECT_THAT(findings[0].text,
              HasSubstr("beside ada: RIGHT_INDEX is RIGHT_MIDDLE, RIGHT_MIDDLE is RIGHT_INDEX"));
  const Position unknown = Position::kUnknownFinger;
  EXPECT_THAT(Beside({Pair(unknown, kIndex, kSame), Pair(kIndex, unknown, kSame)}), IsEmpty());
}

TEST(ChecksBesideAPerson, FingersOfTwoPeopleAreMixedWhereBothSidesAreGood) {
  const std::vector<InspectedPair> mixed = {Own(kThumb, kSame), Own(kIndex, kOther),
                                            Own(kMiddle, kOther)};
  const auto findings = Beside(mixed);
  ASSERT_THAT(Codes(findings), ElementsAre("MIXED_RECORD"));
  EXPECT_THAT(findings[0].text, HasSubstr("beside ada: RIGHT_INDEX, RIGHT_MIDDLE are clearly"));
  for (Quality InspectedPair::*side :
       {&InspectedPair::probe_quality, &InspectedPair::reference_quality}) {
    std::vector<InspectedPair> poor = mixed;
    poor[1].*side = Quality{kMixedQualityMin.value - 1};
    EXPECT_THAT(Beside(poor), IsEmpty());
  }
  std::vector<InspectedPair> doubtful = mixed;
  doubtful[1].llr = Llr{kOtherFingerLlr.value + 0.1F};
  EXPECT_THAT(Beside(doubtful), IsEmpty());
  std::vector<InspectedPair> nobody = mixed;
  nobody[0].llr = Llr{kSameFingerLlr.value - 0.1F};
  EXPECT_THAT(Beside(nobody), IsEmpty()) << "no finger is clearly theirs";
}

TEST(ChecksBesideAPerson, OfSeveralSamplesTheBestPairCounts) {
  EXPECT_THAT(Beside({Own(kThumb, kSame), Own(kIndex, kOther), Own(kIndex, kSame),
                      Own(kMiddle, kOther), Own(kMiddle, 0)}),
              IsEmpty());
}

TEST(ChecksBesideAPerson, AFaceIsOfAnotherOnlyInTheFacesOwnWords) {
  EXPECT_THAT(Beside({Own(kThumb, kSame), Own(Position::kFace, kOther), Own(kIndex, kOther)}),
              IsEmpty());
}

TEST(ChecksBesideAPerson, NearlyTheSameImageIsAReplay) {
  InspectedPair again = Own(kIndex, kSame);
  again.one_image = true;
  const auto findings = Beside({Own(kThumb, kSame), again});
  ASSERT_THAT(Codes(findings), ElementsAre("REPLAY"));
  EXPECT_THAT(findings[0].text, HasSubstr("RIGHT_INDEX: nearly the image that ada has"));
}

TEST(ChecksBesideAPerson, AVeryImageIsNamedWithWhereItStood) {
  const Finding finding = ReplayFinding({kIndex, Ticket{3}, kLeft}, "ada", FindingPolicy());
  EXPECT_EQ(finding.code, "REPLAY");
  EXPECT_THAT(finding.text,
              HasSubstr("RIGHT_INDEX: the very image that ada brought as LEFT_THUMB"));
  EXPECT_EQ(finding.action, FindingAction::kReview);
}

TEST(Checks, TheStrongestAsks) {
  EXPECT_EQ(AskedBy({}), FindingAction::kNote);
  EXPECT_EQ(AskedBy(std::vector<Finding>{{"A", "", FindingAction::kReview},
                                         {"B", "", FindingAction::kRefuse},
                                         {"C", "", FindingAction::kNote}}),
            FindingAction::kRefuse);
}

}  // namespace
}  // namespace distinct::enrolment
