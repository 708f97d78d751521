#include "matchers/face/face.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "matchers/check.h"
#include "matchers/face/calibration.h"
#include "matchers/face/comparison.h"
#include "matchers/face/extraction.h"
#include "matchers/face/models.h"
#include "matchers/face/quality.h"
#include "matchers/face/template.h"
#include "matchers/image/decode.h"
#include "matchers/status.h"

namespace distinct::face {
namespace {

// Smaller faces lose their vector: 58 px in the canvas, cosine 0.98 to the full size; 29 px, 0.83.
constexpr float kCanvasHeightSmallPx = 60;
// A box that lies this far outside the picture has lost an ear or the chin.
constexpr float kShareInsideMin = 0.85F;

float ShareInside(const Box& box, const image::BgrImage& picture) {
  const float width =
      std::min(box.right_px, static_cast<float>(picture.width_px)) - std::max(box.left_px, 0.0F);
  const float height =
      std::min(box.bottom_px, static_cast<float>(picture.height_px)) - std::max(box.top_px, 0.0F);
  return std::max(width, 0.0F) * std::max(height, 0.0F) / box.area();
}

std::vector<std::string> FlagsOf(const FoundFace& found) {
  std::vector<std::string> flags;
  if (found.faces > 1) flags.push_back("SEVERAL_FACES");
  if (found.quarter_turns != 0) flags.push_back("NOT_UPRIGHT");
  if (found.detected.canvas_height_px < kCanvasHeightSmallPx) flags.push_back("SMALL_FACE");
  if (ShareInside(found.detected.box, found.upright) < kShareInsideMin) flags.push_back("CUT_OFF");
  if (found.embedding.norm < kNormSure) flags.push_back("UNCLEAR_FACE");
  return flags;
}

void Show(const image::BgrImage& picture, std::string_view stage, StageSink& sink) {
  std::vector<uint8_t> green;  // of the three channels the nearest to luma
  green.reserve(picture.pixels.size() / 3);
  for (size_t i = 1; i < picture.pixels.size(); i += 3) green.push_back(picture.pixels[i]);
  sink.OnStage(stage, {green.data(), picture.width_px, picture.height_px, picture.width_px});
}

class FaceExtractor : public Extractor {
 public:
  explicit FaceExtractor(FaceFinder finder) : finder_(std::move(finder)) {}

  absl::StatusOr<Extraction> Extract(const Sample& sample, StageSink* sink) override {
    ASSIGN_OR_RETURN(const image::BgrImage picture, image::DecodeBgr(sample.image));
    ASSIGN_OR_RETURN(const FoundFace found, finder_.Find(picture));
    if (sink != nullptr) {
      Show(found.upright, "face_upright", *sink);
      Show(found.aligned, "face_aligned", *sink);
    }
    const TemplateHead head{.quality = QualityOfNorm(found.embedding.norm),
                            .faces = found.faces,
                            .norm = found.embedding.norm};
    Extraction extraction;
    extraction.features.position = sample.position;
    extraction.features.version = FaceTemplateVersion();
    extraction.features.quality = head.quality;
    extraction.features.bytes =
        SerialiseTemplate(found.embedding, head, extraction.features.version);
    extraction.flags = FlagsOf(found);
    return extraction;
  }

 private:
  FaceFinder finder_;
};

class FaceModality : public Modality {
 public:
  explicit FaceModality(FaceModelBytes models)
      : models_(std::move(models)), version_(FaceTemplateVersion()) {}

  std::string_view name() const override { return "face"; }
  bool Serves(Position position) const override { return position == Position::kFace; }
  uint32_t template_version() const override { return version_; }
  std::vector<std::string> models() const override { return FaceModelNames(); }

  std::unique_ptr<Extractor> NewExtractor() const override {
    absl::StatusOr<FaceFinder> finder = FaceFinder::Create(models_);
    CHECK(finder.ok());  // CreateFaceModality() has loaded the same bytes
    return std::make_unique<FaceExtractor>(*std::move(finder));
  }
  absl::Status Validate(std::string_view bytes) const override {
    return ValidateTemplate(bytes, version_);
  }
  std::unique_ptr<PreparedProbe> Prepare(std::string_view bytes) const override {
    return std::make_unique<PreparedFace>(bytes);
  }
  bool Searchable(std::string_view) const override { return true; }
  int vector_dimensions() const override { return kEmbeddingDimensions; }
  std::vector<int8_t> Vector(std::string_view bytes) const override {
    return FixedScaleVector(bytes);
  }
  std::string_view Codes(std::string_view) const override { return {}; }
  Llr Calibrate(ComparisonScore score) const override { return CalibrateFace(score); }
  Quality QualityOf(std::string_view bytes) const override { return HeadOf(bytes).quality; }

 private:
  FaceModelBytes models_;
  uint32_t version_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Modality>> CreateFaceModality(FaceModelBytes models) {
  RETURN_IF_ERROR(CheckFaceModels(models));
  ASSIGN_OR_RETURN(FaceFinder finder, FaceFinder::Create(models));
  RETURN_IF_ERROR(finder.CheckAgainstFixedPicture());
  return std::make_unique<FaceModality>(std::move(models));
}

}  // namespace distinct::face
