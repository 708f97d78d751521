// The laws that the face recipe must keep, on real photographs.
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>

#include "gtest/gtest.h"
#include "matchers/face/drawing.h"
#include "matchers/face/extraction.h"
#include "matchers/face/face.h"
#include "matchers/image/decode.h"
#include "matchers/image/mat.h"
#include "matchers/image/opencv_setup.h"
#include "tests/matchers/face/files.h"
#include "tests/support/status_matchers.h"

namespace distinct::face {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

const bool kSetUp = (image::SetUpOpenCv(), true);

double Cosine(const Embedding& a, const Embedding& b) {
  double dot = 0;
  for (size_t i = 0; i < a.direction.size(); ++i) dot += a.direction[i] * b.direction[i];
  return dot;
}

class Photographs : public ::testing::Test {
 protected:
  void SetUp() override {
    auto finder = FaceFinder::Create(testing::ReadModels());
    ASSERT_THAT(finder, IsOk());
    finder_ = std::make_unique<FaceFinder>(*std::move(finder));
    const auto files = testing::Files("face/lfwcolour");
    for (size_t i = 0; i < files.size(); i += 5) {
      auto picture = image::DecodeBgr(testing::ReadFile(files[i]));
      ASSERT_THAT(picture, IsOk());
      pictures_.push_back(*std::move(picture));
    }
  }

  FoundFace Find(const cv::Mat& picture) {
    auto found = finder_->Find(image::FromMat<image::BgrImage>(picture, 0));
    EXPECT_THAT(found, IsOk());
    return found.ok() ? *std::move(found) : FoundFace{};
  }

  std::unique_ptr<FaceFinder> finder_;
  std::vector<image::BgrImage> pictures_;
};

TEST_F(Photographs, AMirroredPictureHasMirroredPointsAndTheSameEmbedding) {
  for (const image::BgrImage& picture : pictures_) {
    cv::Mat mirrored;
    cv::flip(image::AsMat(picture), mirrored, 1);
    const FoundFace a = Find(image::AsMat(picture));
    const FoundFace b = Find(mirrored);
    EXPECT_GT(Cosine(a.embedding, b.embedding), 0.9);
    const size_t other[] = {1, 0, 2, 4, 3};
    const float eyes_px = a.points[1].x_px - a.points[0].x_px;
    for (size_t i = 0; i < a.points.size(); ++i) {
      const float x_px = static_cast<float>(picture.width_px - 1) - b.points[other[i]].x_px;
      EXPECT_NEAR(a.points[i].x_px, x_px, 0.12 * eyes_px);
      EXPECT_NEAR(a.points[i].y_px, b.points[other[i]].y_px, 0.12 * eyes_px);
    }
  }
}

TEST_F(Photographs, ATiltOfFifteenDegreesIsHarmless) {
  for (const image::BgrImage& picture : pictures_) {
    const cv::Mat pixels = image::AsMat(picture);
    const cv::Point2f middle(static_cast<float>(pixels.cols) / 2,
                             static_cast<float>(pixels.rows) / 2);
    cv::Mat tilted;
    cv::warpAffine(pixels, tilted, cv::getRotationMatrix2D(middle, 15, 1), pixels.size());
    EXPECT_GT(Cosine(Find(pixels).embedding, Find(tilted).embedding), 0.95);
  }
}

TEST_F(Photographs, APictureOnItsSideOrHeadIsTurnedUpright) {
  int upright_again = 0;
  for (const image::BgrImage& picture : pictures_) {
    const FoundFace upright = Find(image::AsMat(picture));
    for (const int flag :
         {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE}) {
      cv::Mat turned;
      cv::rotate(image::AsMat(picture), turned, flag);
      upright_again += Cosine(upright.embedding, Find(turned).embedding) > 0.95;
    }
  }
  EXPECT_GE(upright_again, 29);  // of 30
}

TEST_F(Photographs, SizeHardlyMatters) {
  for (const image::BgrImage& picture : pictures_) {
    const FoundFace small = Find(image::AsMat(picture));
    cv::Mat large;
    cv::resize(image::AsMat(picture), large, {}, 6, 6, cv::INTER_CUBIC);
    EXPECT_GT(Cosine(small.embedding, Find(large).embedding), 0.95);
  }
}

// Red for blue costs nothing on grey sets and 10 points of TAR at FMR 1e-5 on colour.
TEST_F(Photographs, TheOrderOfColoursMatters) {
  double norm = 0, swapped_norm = 0;
  for (const image::BgrImage& picture : pictures_) {
    const FoundFace found = Find(image::AsMat(picture));
    norm += found.embedding.norm;
    image::BgrImage swapped = found.aligned;
    cv::Mat pixels(swapped.height_px, swapped.width_px, CV_8UC3, swapped.pixels.data());
    cv::cvtColor(pixels, pixels, cv::COLOR_BGR2RGB);
    auto embedder = Embedder::Create(testing::ReadModels().embedding_onnx);
    ASSERT_THAT(embedder, IsOk());
    const auto embedding = embedder->Embed(swapped);
    ASSERT_THAT(embedding, IsOk());
    EXPECT_LT(Cosine(found.embedding, *embedding), 0.99);
    swapped_norm += embedding->norm;
  }
  EXPECT_GT(norm, swapped_norm * 1.01);
}

TEST_F(Photographs, ADrawingIsAPictureOfTheSameSizeWithMarks) {
  const FoundFace found = Find(image::AsMat(pictures_[0]));
  const auto drawing = image::DecodeBgr(DrawFace(found));
  ASSERT_THAT(drawing, IsOk());
  EXPECT_EQ(drawing->width_px, found.upright.width_px);
  EXPECT_EQ(drawing->height_px, found.upright.height_px);
  EXPECT_NE(drawing->pixels, found.upright.pixels);
}

TEST(Modality, TemplatesOfSmallSetsSeparatePeopleWithoutAMiss) {
  const auto face = CreateFaceModality(testing::ReadModels());
  ASSERT_THAT(face, IsOk());
  const auto extractor = (*face)->NewExtractor();
  for (const char* set : {"face/lfwcolour", "face/orl"}) {
    std::vector<std::pair<std::string, std::string>> templates;
    const auto files = testing::Files(set);
    for (size_t i = 0; i < files.size(); i += 2) {
      const std::string bytes = testing::ReadFile(files[i]);
      const auto extraction =
          extractor->Extract({.position = Position::kFace, .image = bytes}, nullptr);
      ASSERT_THAT(extraction, IsOk()) << files[i];
      ASSERT_THAT((*face)->Validate(extraction->features.bytes), IsOk());
      EXPECT_GE(extraction->features.quality.value, 50) << files[i];
      templates.emplace_back(testing::IdentityOf(files[i]), extraction->features.bytes);
    }
    float mated_min = 1, nonmated_max = -1;
    for (size_t i = 0; i < templates.size(); ++i) {
      const auto probe = (*face)->Prepare(templates[i].second);
      for (size_t j = i + 1; j < templates.size(); ++j) {
        const float score = probe->Compare(templates[j].second).value;
        if (templates[i].first == templates[j].first) {
          mated_min = std::min(mated_min, score);
        } else {
          nonmated_max = std::max(nonmated_max, score);
        }
      }
    }
    EXPECT_GT(mated_min, nonmated_max) << set;
  }
}

TEST(Modality, AFingerprintIsNoFace) {
  const auto face = CreateFaceModality(testing::ReadModels());
  ASSERT_THAT(face, IsOk());
  const auto extractor = (*face)->NewExtractor();
  for (const char* set : {"finger/fvc2002_db3", "finger/fvc2004_db2", "finger/fcj2020"}) {
    const auto files = testing::Files(set);
    for (size_t i = 0; i < files.size(); i += 8) {
      const std::string bytes = testing::ReadFile(files[i]);
      EXPECT_THAT(extractor->Extract({.position = Position::kFace, .image = bytes}, nullptr),
                  StatusIs(absl::StatusCode::kFailedPrecondition, "no face found"))
          << files[i];
    }
  }
}

}  // namespace
}  // namespace distinct::face
