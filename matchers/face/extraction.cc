#include "matchers/face/extraction.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "matchers/face/quality.h"
#include "matchers/image/mat.h"
#include "matchers/status.h"

namespace distinct::face {
namespace {

// A face box larger than this is shrunk to it first. The aligned face needs about half of it, so
// nothing is lost, and a portrait of 40 megapixels costs no more than a small one.
constexpr float kFaceHeightMaxPx = 448;

// The first values of the direction that Debian 12's OpenCV 4.6 gives the pattern of
// CheckAgainstFixedPicture(). ONNX Runtime and OpenCV differ by 7e-6 on photographs.
constexpr std::array<float, 8> kFixedPictureDirection = {0.00289F,  -0.01412F, 0.02705F,  -0.02083F,
                                                         -0.01371F, 0.02926F,  -0.01057F, 0.02741F};

absl::Status NoFace(std::string_view got) {
  return absl::FailedPreconditionError(
      absl::StrCat("image: no face found (", std::string(got),
                   "), want a face looking at the camera; capture the face again"));
}

image::BgrImage Shrunk(const image::BgrImage& picture, float factor) {
  cv::Mat smaller;
  cv::resize(image::AsMat(picture), smaller, {}, factor, factor, cv::INTER_AREA);
  return image::FromMat<image::BgrImage>(smaller, 0);
}

void Scale(Box& box, float factor) {
  for (float* edge : {&box.left_px, &box.top_px, &box.right_px, &box.bottom_px}) *edge *= factor;
}

absl::StatusOr<image::BgrImage> Turned(const image::BgrImage& picture, int quarter_turns) {
  return Guard("opencv", [&]() -> absl::StatusOr<image::BgrImage> {
    const cv::RotateFlags flags[] = {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180,
                                     cv::ROTATE_90_COUNTERCLOCKWISE};
    cv::Mat turned;
    cv::rotate(image::AsMat(picture), turned, flags[quarter_turns - 1]);
    return image::FromMat<image::BgrImage>(turned, 0);
  });
}

bool LooksLikeAFace(const FoundFace& found) {
  return IsFace(found.detected.score, found.embedding.norm);
}

}  // namespace

absl::StatusOr<FaceFinder> FaceFinder::Create(const FaceModelBytes& models) {
  ASSIGN_OR_RETURN(Detector detector, Detector::Create(models.detection_onnx));
  ASSIGN_OR_RETURN(LandmarkFinder landmarks, LandmarkFinder::Create(models.landmarks_onnx));
  ASSIGN_OR_RETURN(Embedder embedder, Embedder::Create(models.embedding_onnx));
  return FaceFinder(std::move(detector), std::move(landmarks), std::move(embedder));
}

absl::Status FaceFinder::CheckAgainstFixedPicture() {
  image::BgrImage pattern{
      .width_px = kAlignedSidePx, .height_px = kAlignedSidePx, .dpi = 0, .pixels = {}};
  for (int y = 0; y < kAlignedSidePx; ++y) {
    for (int x = 0; x < kAlignedSidePx; ++x) {
      for (int channel = 1; channel <= 3; ++channel) {
        pattern.pixels.push_back(static_cast<uint8_t>(x + y * channel));
      }
    }
  }
  ASSIGN_OR_RETURN(const Embedding embedding, embedder_.Embed(pattern));
  for (size_t i = 0; i < kFixedPictureDirection.size(); ++i) {
    const float got = embedding.direction[i];
    if (std::abs(got - kFixedPictureDirection[i]) <= 1e-3F) continue;
    return absl::InternalError(absl::StrCat(
        "models.embedding: got ", got, " as value ", i, " of the fixed picture's vector, want ",
        kFixedPictureDirection[i], "; check the installed OpenCV (want 4.6)"));
  }
  return absl::OkStatus();
}

absl::StatusOr<FoundFace> FaceFinder::FindUpright(const image::BgrImage& picture) {
  ASSIGN_OR_RETURN(const std::vector<DetectedFace> faces, detector_.Detect(picture));
  if (faces.empty()) return NoFace("got nothing that looks like one");
  FoundFace found;
  found.faces = static_cast<int>(faces.size());
  found.detected = ChooseFace(faces, picture.width_px, picture.height_px);
  found.upright = picture;
  if (found.detected.box.height_px() > kFaceHeightMaxPx) {
    const float factor = kFaceHeightMaxPx / found.detected.box.height_px();
    ASSIGN_OR_RETURN(found.upright, Guard("opencv", [&]() -> absl::StatusOr<image::BgrImage> {
                       return Shrunk(picture, factor);
                     }));
    Scale(found.detected.box, factor);
  }
  ASSIGN_OR_RETURN(const Landmarks landmarks, landmarks_.Find(found.upright, found.detected.box));
  found.points = ToFivePoints(landmarks);
  ASSIGN_OR_RETURN(found.aligned, Align(found.upright, found.points));
  ASSIGN_OR_RETURN(found.embedding, embedder_.Embed(found.aligned));
  return found;
}

absl::StatusOr<FoundFace> FaceFinder::Find(const image::BgrImage& picture) {
  absl::StatusOr<FoundFace> best = FindUpright(picture);
  if (best.ok() && LooksLikeAFace(*best) && best->embedding.norm >= kNormSure) return best;
  for (const int quarter_turns : {1, 2, 3}) {
    ASSIGN_OR_RETURN(const image::BgrImage turned, Turned(picture, quarter_turns));
    absl::StatusOr<FoundFace> found = FindUpright(turned);
    if (!found.ok() || !LooksLikeAFace(*found)) continue;
    if (found->embedding.norm < kNormTurnedMin) continue;
    if (best.ok() && LooksLikeAFace(*best) && found->embedding.norm <= best->embedding.norm) {
      continue;
    }
    found->quarter_turns = quarter_turns;
    best = std::move(found);
  }
  if (best.ok() && !LooksLikeAFace(*best)) {
    return NoFace(absl::StrCat("got a shape that scores ", best->detected.score,
                               " with an embedding of length ", best->embedding.norm));
  }
  return best;
}

}  // namespace distinct::face
