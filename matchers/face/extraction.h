// From pixels to the embedding of the face that a picture is of.
//
//   picture -> detection -> one face -> landmarks -> aligned face -> embedding
//                  ^                                                   |
//                  `------ turned by 90, 180, 270 degrees <-- norm below kNormSure (quality.h)
//
// A face on its side is detected and embedded, but its vector is noise with a small norm: hence the
// second look. Specified by tests/matchers/face/extraction_test.cc; measured by bench/.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "matchers/face/alignment.h"
#include "matchers/face/detection.h"
#include "matchers/face/embedding.h"
#include "matchers/face/geometry.h"
#include "matchers/image/image.h"
#include "matchers/modalities.h"

namespace distinct::face {

struct FoundFace {
  Embedding embedding;
  image::BgrImage aligned;  // kAlignedSidePx square
  int faces = 0;            // found in the picture; this is the one it is of
  int quarter_turns = 0;    // clockwise, after which the face stood upright
  image::BgrImage upright;  // the picture after these turns, perhaps smaller; as below
  DetectedFace detected;    // in pixels of `upright`
  FivePoints points;        // in pixels of `upright`
};

// The networks of the recipe. Thread-compatible: one a thread.
class FaceFinder {
 public:
  // FAILED_PRECONDITION: a model that does not load. Costs some 30 ms: do it once a thread.
  static absl::StatusOr<FaceFinder> Create(const FaceModelBytes& models);

  // FAILED_PRECONDITION: no face, or nothing but shapes that are none (quality.h, IsFace).
  // INTERNAL: a network failed.
  absl::StatusOr<FoundFace> Find(const image::BgrImage& picture);

  // INTERNAL: the embedding of one fixed pattern is not the one that the recipe was measured with,
  // so that OpenCV on this machine computes something else.
  absl::Status CheckAgainstFixedPicture();

 private:
  FaceFinder(Detector detector, LandmarkFinder landmarks, Embedder embedder)
      : detector_(std::move(detector)),
        landmarks_(std::move(landmarks)),
        embedder_(std::move(embedder)) {}
  absl::StatusOr<FoundFace> FindUpright(const image::BgrImage& picture);

  Detector detector_;
  LandmarkFinder landmarks_;
  Embedder embedder_;
};

}  // namespace distinct::face
