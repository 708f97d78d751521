// A face turned upright and brought to the size and place that the embedding network was taught.
//
//   box -> 68 landmarks, roughly -> again, upright and tight -> five points -> 112 x 112 px
//
// The second pass lowers the misses at FMR 1e-4 on tilted faces by 0.4 points. Alignment: least
// squares over all five points, Umeyama, IEEE TPAMI 13(4), 1991, to the points of the ArcFace
// models (Deng et al., CVPR 2019). Alignment by three points, or 4 px off, gives plausible vectors
// and poor scores. Specified by tests/matchers/face/alignment_test.cc.
#pragma once

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "matchers/face/geometry.h"
#include "matchers/face/network.h"
#include "matchers/image/image.h"

namespace distinct::face {

inline constexpr int kAlignedSidePx = 112;

// Finds landmarks. Thread-compatible.
class LandmarkFinder {
 public:
  // FAILED_PRECONDITION: `onnx` is no network.
  static absl::StatusOr<LandmarkFinder> Create(std::string_view onnx);

  // In pixels of `picture`; points may lie outside where the face is cut off.
  // FAILED_PRECONDITION: the points fall together, as on no face. INTERNAL: the network failed.
  absl::StatusOr<Landmarks> Find(const image::BgrImage& picture, const Box& box);

 private:
  explicit LandmarkFinder(Network network) : network_(std::move(network)) {}

  Network network_;
};

FivePoints ToFivePoints(const Landmarks& landmarks);

// x' = a x - b y + dx, y' = b x + a y + dy: turned, scaled, moved; never mirrored.
struct Placement {
  double a = 1, b = 0, dx_px = 0, dy_px = 0;
  double scale() const;
};

// The placement that brings `points` nearest to the ArcFace points, in least squares.
Placement PlaceOnTemplate(const FivePoints& points);

// kAlignedSidePx square, black where the picture ends. INTERNAL: OpenCV failed.
absl::StatusOr<image::BgrImage> Align(const image::BgrImage& picture, const FivePoints& points);

}  // namespace distinct::face
