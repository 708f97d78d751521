#include "matchers/face/face.h"

#include <random>

#include "gtest/gtest.h"
#include "matchers/face/extraction.h"
#include "matchers/face/models.h"
#include "matchers/image/encode.h"
#include "matchers/image/opencv_setup.h"
#include "tests/matchers/face/files.h"
#include "tests/support/status_matchers.h"

namespace distinct::face {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

const bool kSetUp = (image::SetUpOpenCv(), true);

TEST(FaceModality, RefusesEachModelWithOneBitFlipped) {
  for (std::string FaceModelBytes::*file :
       {&FaceModelBytes::detection_onnx, &FaceModelBytes::landmarks_onnx,
        &FaceModelBytes::embedding_onnx}) {
    FaceModelBytes models = testing::ReadModels();
    ASSERT_THAT(CheckFaceModels(models), IsOk());
    (models.*file)[(models.*file).size() / 2] ^= 1;
    EXPECT_THAT(CreateFaceModality(models),
                StatusIs(absl::StatusCode::kFailedPrecondition, "run tools/models/fetch"));
  }
}

TEST(FaceModality, SaysWhatItIs) {
  const auto face = CreateFaceModality(testing::ReadModels());
  ASSERT_THAT(face, IsOk());
  EXPECT_EQ((*face)->name(), "face");
  EXPECT_TRUE((*face)->Serves(Position::kFace));
  EXPECT_FALSE((*face)->Serves(Position::kRightThumb));
  EXPECT_EQ((*face)->models().size(), 3u);
  EXPECT_EQ((*face)->vector_dimensions() % 4, 0);
  EXPECT_NE((*face)->template_version(), 0u);
}

TEST(FaceModality, NoiseAndBlankPicturesHaveNoFace) {
  const auto face = CreateFaceModality(testing::ReadModels());
  ASSERT_THAT(face, IsOk());
  const auto extractor = (*face)->NewExtractor();
  std::mt19937 random(3);
  for (const auto& [width, height] : {std::pair(200, 200), {1, 1}, {1, 3000}, {3000, 1}}) {
    for (const bool noise : {false, true}) {
      image::GreyImage picture{.width_px = width, .height_px = height, .dpi = 0, .pixels = {}};
      for (int i = 0; i < width * height; ++i) {
        picture.pixels.push_back(noise ? static_cast<uint8_t>(random()) : 128);
      }
      const std::string png = image::EncodePng(image::View(picture));
      EXPECT_THAT(extractor->Extract({.position = Position::kFace, .image = png}, nullptr),
                  StatusIs(absl::StatusCode::kFailedPrecondition, "no face found"));
    }
  }
  EXPECT_THAT(extractor->Extract({.position = Position::kFace, .image = "no picture"}, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, "image"));
}

}  // namespace
}  // namespace distinct::face
