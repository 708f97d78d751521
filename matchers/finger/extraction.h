// From a picture of a fingerprint to a template: the recipe of all stages.
#pragma once

#include "absl/status/statusor.h"
#include "matchers/finger/context.h"
#include "matchers/finger/descriptor.h"
#include "matchers/finger/minutia_network.h"
#include "matchers/finger/quality.h"
#include "matchers/finger/template.h"
#include "matchers/image/image.h"
#include "matchers/modality.h"

namespace distinct::finger {

struct ExtractedFinger {
  FingerTemplate features;
  PrintFacts facts;
  std::vector<std::string> flags;
};

// Owns scratch pictures and the networks' state: thread-compatible, one a thread.
class FingerExtractor final : public Extractor {
 public:
  absl::StatusOr<Extraction> Extract(const Sample& sample, StageSink* sink) override;

  // The same from pixels at 500 dpi, for training, tests and measurements.
  absl::StatusOr<ExtractedFinger> ExtractPixels(const image::GreyImage& grey, StageSink* sink);

 private:
  ContextMaker context_maker_;
  MinutiaNetwork minutia_network_;
  DescriptorNetwork descriptor_network_;
};

}  // namespace distinct::finger
