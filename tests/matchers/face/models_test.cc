#include "matchers/face/models.h"

#include "gtest/gtest.h"
#include "matchers/face/face.h"
#include "tests/support/status_matchers.h"

namespace distinct::face {
namespace {

using ::distinct::testing::StatusIs;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

// FIPS 180-4's example, as published by NIST.
TEST(FaceModels, Sha256OfAbcIsThePublishedOne) {
  EXPECT_EQ(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(FaceModels, PinsAreReadFromTheirFile) {
  EXPECT_EQ(PinnedModels()[0].kind, "detection");
  EXPECT_EQ(PinnedModels()[1].kind, "landmarks");
  EXPECT_EQ(PinnedModels()[2].kind, "embedding");
  for (const PinnedModel& pin : PinnedModels()) {
    EXPECT_EQ(pin.sha256.size(), 64u);
    EXPECT_GT(pin.bytes, 1'000'000u);
  }
}

TEST(FaceModels, WrongBytesAreRefusedByFileAndNextStep) {
  const auto refused =
      StatusIs(kPrecondition, "models.fr_detect.onnx: got sha256 2cf24dba5fb0a30e");
  EXPECT_THAT(CheckFaceModels({"hello", "", ""}), refused);
  EXPECT_THAT(CheckFaceModels({"hello", "", ""}),
              StatusIs(kPrecondition, "run tools/models/fetch"));
  EXPECT_THAT(CreateFaceModality({"hello", "", ""}), refused);
}

}  // namespace
}  // namespace distinct::face
