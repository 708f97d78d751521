#include "matchers/face/calibration.h"

#include "gtest/gtest.h"
#include "matchers/face/quality.h"

namespace distinct::face {
namespace {

TEST(FaceCalibration, RisesWithTheScoreAndStaysBetweenItsEnds) {
  float before = kFaceLlrMin;
  for (float score = -1; score <= 1; score += 0.01F) {
    const float llr = CalibrateFace({score}).value;
    EXPECT_GE(llr, before);
    EXPECT_LE(llr, kFaceLlrMax);
    before = llr;
  }
  EXPECT_EQ(CalibrateFace({-1}).value, kFaceLlrMin);
  EXPECT_EQ(CalibrateFace({1}).value, kFaceLlrMax);
}

TEST(FaceCalibration, SpeaksForNeitherSideNearTheEqualErrorScore) {
  EXPECT_NEAR(CalibrateFace({0.272F}).value, 0, 0.25);
}

TEST(FaceCalibration, AsksForAnExaminerWhereOneStrangerIn10000Scores) {
  EXPECT_NEAR(CalibrateFace({0.477F}).value, 6.9, 0.5);  // FMR 1e-4 on both sets
}

TEST(FaceQuality, RisesWithTheNorm) {
  int before = 0;
  for (float norm = 0; norm < 8; norm += 0.05F) {
    const int quality = QualityOfNorm(norm).value;
    EXPECT_GE(quality, before);
    EXPECT_LE(quality, 100);
    before = quality;
  }
  EXPECT_EQ(QualityOfNorm(0).value, 0);
  EXPECT_EQ(QualityOfNorm(8).value, 100);
}

TEST(FaceGate, AsksForMoreEvidenceWhereTheDetectorDoubts) {
  EXPECT_TRUE(IsFace(0.999F, 1.7F));
  EXPECT_FALSE(IsFace(0.999F, 1.51F));  // the tennis ball of the CelebA scenes
  EXPECT_FALSE(IsFace(0.6F, 2.83F));    // the most face-like of 640 fingerprints
  EXPECT_TRUE(IsFace(0.955F, 4.1F));    // a portrait that fills its picture
}

}  // namespace
}  // namespace distinct::face
