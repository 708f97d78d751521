// Where are faces in this picture, and which one is meant?
//
//   picture -> letterboxed into 320 x 240 -> network -> boxes -> overlaps removed -> one chosen
//
// Network: RFB-320 of Linzaer's Ultra-Light-Fast-Generic-Face-Detector, whose exported form decodes
// its boxes itself. Specified by tests/matchers/face/detection_test.cc.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "matchers/face/geometry.h"
#include "matchers/face/network.h"
#include "matchers/image/image.h"

namespace distinct::face {

struct DetectedFace {
  Box box;
  float score = 0;             // in [0, 1]; above kDetectionScoreMin
  float canvas_height_px = 0;  // of the box as the network saw it, in 240
};

inline constexpr float kDetectionScoreMin = 0.5F;

class Detector {
 public:
  // FAILED_PRECONDITION: `onnx` is no network.
  static absl::StatusOr<Detector> Create(std::string_view onnx);

  // By falling score; empty if there is none. A picture in which nothing scores 0.9 is seen again
  // with a border around it (tight portraits fill the canvas, and an eye becomes "the face"):
  // three times the cost. INTERNAL: the network failed.
  absl::StatusOr<std::vector<DetectedFace>> Detect(const image::BgrImage& picture);

 private:
  explicit Detector(Network network) : network_(std::move(network)) {}
  absl::StatusOr<std::vector<DetectedFace>> DetectPadded(const image::BgrImage& picture,
                                                         float padding);

  Network network_;
};

// The face that the picture is of: large, whole and near the middle. Area alone would take a head
// cut off by the edge. REQUIRES: `faces` is not empty.
const DetectedFace& ChooseFace(absl::Span<const DetectedFace> faces, int width_px, int height_px);

}  // namespace distinct::face
