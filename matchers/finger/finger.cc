#include "matchers/finger/finger.h"

#include <algorithm>

#include "matchers/finger/calibration.h"
#include "matchers/finger/comparison.h"
#include "matchers/finger/descriptor.h"
#include "matchers/finger/extraction.h"
#include "matchers/finger/minutia_network.h"
#include "matchers/finger/one_image.h"
#include "matchers/finger/vector.h"

namespace distinct::finger {
namespace {

class FingerModality final : public Modality {
 public:
  std::string_view name() const override { return "finger"; }
  bool Serves(Position position) const override { return IsFinger(position); }
  uint32_t template_version() const override { return kTemplateVersion; }
  std::vector<std::string> models() const override {
    return {MinutiaNetworkName(), DescriptorNetworkName()};
  }
  std::unique_ptr<Extractor> NewExtractor() const override {
    return std::make_unique<FingerExtractor>();
  }
  absl::Status Validate(std::string_view bytes) const override { return ValidateTemplate(bytes); }
  std::unique_ptr<PreparedProbe> Prepare(std::string_view bytes) const override {
    return std::make_unique<FingerProbe>(bytes);
  }
  bool Searchable(std::string_view bytes) const override { return TemplateView(bytes).has_codes(); }
  int vector_dimensions() const override { return kVectorDimensions; }
  std::vector<int8_t> Vector(std::string_view bytes) const override {
    return FingerVector(TemplateView(bytes));
  }
  std::string KeepVector(std::string_view bytes) const override {
    return finger::KeepVector(bytes);
  }
  std::string_view Scored(std::string_view bytes) const override {
    return TemplateView(bytes).scored();
  }
  std::string_view Codes(std::string_view bytes) const override {
    return TemplateView(bytes).codes();
  }
  Llr Calibrate(ComparisonScore score) const override { return CalibrateScore(score); }
  Quality QualityOf(std::string_view bytes) const override { return TemplateView(bytes).quality(); }
  bool OfOneImage(std::string_view bytes, std::string_view other) const override {
    const TemplateView one(bytes), two(other);
    return one.has_codes() && two.has_codes() && ShareInPlace(one, two) >= kOneImageShareMin;
  }
};

}  // namespace

std::unique_ptr<Modality> CreateFingerModality() { return std::make_unique<FingerModality>(); }

}  // namespace distinct::finger
