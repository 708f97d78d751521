#include "matchers/face/detection.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "matchers/check.h"
#include "matchers/image/mat.h"
#include "matchers/status.h"

namespace distinct::face {
namespace {

// The network's own input and scaling (its authors' RFB-320 configuration).
constexpr int kCanvasWidthPx = 320;
constexpr int kCanvasHeightPx = 240;
constexpr float kMean = 127;
constexpr float kScale = 128;

constexpr float kOverlapMax = 0.4F;    // intersection over union, of two faces that are both kept
constexpr float kScoreCertain = 0.9F;  // below, portraits that fill the canvas are seen again
constexpr float kPaddings[] = {0, 0.3F, 0.8F};  // of width and height, on every side

// How the picture lies in the canvas: canvas = picture * scale + offset.
struct Letterbox {
  float scale = 1;
  int left_px = 0;
  int top_px = 0;
  cv::Mat canvas;
};

Letterbox MakeLetterbox(const cv::Mat& picture, float padding) {
  Letterbox box;
  const float padded = 1 + 2 * padding;
  box.scale = std::min(kCanvasWidthPx / (static_cast<float>(picture.cols) * padded),
                       kCanvasHeightPx / (static_cast<float>(picture.rows) * padded));
  const auto fit = [&](int side_px, int side_px_max) {
    const auto scaled = std::lround(static_cast<float>(side_px) * box.scale);
    return std::clamp(static_cast<int>(scaled), 1, side_px_max);
  };
  const cv::Size size(fit(picture.cols, kCanvasWidthPx), fit(picture.rows, kCanvasHeightPx));
  box.left_px = (kCanvasWidthPx - size.width) / 2;
  box.top_px = (kCanvasHeightPx - size.height) / 2;
  box.canvas = cv::Mat::zeros(kCanvasHeightPx, kCanvasWidthPx, CV_8UC3);
  cv::resize(picture, box.canvas(cv::Rect({box.left_px, box.top_px}, size)), size, 0, 0,
             box.scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return box;
}

float Overlap(const Box& a, const Box& b) {
  const float width = std::min(a.right_px, b.right_px) - std::max(a.left_px, b.left_px);
  const float height = std::min(a.bottom_px, b.bottom_px) - std::max(a.top_px, b.top_px);
  if (width <= 0 || height <= 0) return 0;
  return width * height / (a.area() + b.area() - width * height);
}

std::vector<DetectedFace> WithoutOverlaps(std::vector<DetectedFace> faces) {
  std::stable_sort(faces.begin(), faces.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<DetectedFace> kept;
  for (const DetectedFace& face : faces) {
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const DetectedFace& better) {
      return Overlap(face.box, better.box) > kOverlapMax;
    });
    if (!covered) kept.push_back(face);
  }
  return kept;
}

}  // namespace

absl::StatusOr<Detector> Detector::Create(std::string_view onnx) {
  ASSIGN_OR_RETURN(Network network, Network::Load("detection", onnx));
  return Detector(std::move(network));
}

absl::StatusOr<std::vector<DetectedFace>> Detector::DetectPadded(const image::BgrImage& picture,
                                                                 float padding) {
  Letterbox letterbox;
  RETURN_IF_ERROR(Guard("opencv", [&] {
    letterbox = MakeLetterbox(image::AsMat(picture), padding);
    return absl::OkStatus();
  }));
  const std::vector<float> planes =
      ToPlanes({letterbox.canvas.data, letterbox.canvas.total() * 3}, 3, true, kMean, kScale);
  ASSIGN_OR_RETURN(const auto outputs,
                   network_.Run(planes, {3, kCanvasHeightPx, kCanvasWidthPx}, {"scores", "boxes"}));
  const std::vector<float>& scores = outputs[0];  // background, face
  const std::vector<float>& boxes = outputs[1];  // left, top, right, bottom in [0, 1] of the canvas
  if (boxes.size() != scores.size() * 2) {
    return absl::InternalError("detection: the network's outputs do not fit together");
  }
  std::vector<DetectedFace> faces;
  for (size_t i = 0; i < scores.size() / 2; ++i) {
    if (!(scores[2 * i + 1] > kDetectionScoreMin)) continue;
    const auto x = [&](float share) {
      return (share * kCanvasWidthPx - static_cast<float>(letterbox.left_px)) / letterbox.scale;
    };
    const auto y = [&](float share) {
      return (share * kCanvasHeightPx - static_cast<float>(letterbox.top_px)) / letterbox.scale;
    };
    const float* box = &boxes[4 * i];
    faces.push_back({.box = {x(box[0]), y(box[1]), x(box[2]), y(box[3])},
                     .score = scores[2 * i + 1],
                     .canvas_height_px = (box[3] - box[1]) * kCanvasHeightPx});
    if (!(faces.back().box.width_px() > 0 && faces.back().box.height_px() > 0)) faces.pop_back();
  }
  return WithoutOverlaps(std::move(faces));
}

absl::StatusOr<std::vector<DetectedFace>> Detector::Detect(const image::BgrImage& picture) {
  std::vector<DetectedFace> best;
  for (const float padding : kPaddings) {
    ASSIGN_OR_RETURN(std::vector<DetectedFace> faces, DetectPadded(picture, padding));
    if (!faces.empty() && (best.empty() || faces[0].score > best[0].score)) best = std::move(faces);
    if (!best.empty() && best[0].score >= kScoreCertain) break;
  }
  return best;
}

const DetectedFace& ChooseFace(absl::Span<const DetectedFace> faces, int width_px, int height_px) {
  CHECK(!faces.empty());
  const auto width = static_cast<float>(width_px);
  const auto height = static_cast<float>(height_px);
  const auto worth = [&](const DetectedFace& face) {
    const float inside_width =
        std::min(face.box.right_px, width) - std::max(face.box.left_px, 0.0F);
    const float inside_height =
        std::min(face.box.bottom_px, height) - std::max(face.box.top_px, 0.0F);
    const float inside = std::max(inside_width, 0.0F) * std::max(inside_height, 0.0F);
    const float from_middle =
        std::hypot(face.box.centre().x_px - width / 2, face.box.centre().y_px - height / 2) /
        (0.25F * std::min(width, height));
    return face.score * inside * (inside / face.box.area()) *
           std::exp(-from_middle * from_middle / 2);
  };
  return *std::max_element(faces.begin(), faces.end(),
                           [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
}

}  // namespace distinct::face
