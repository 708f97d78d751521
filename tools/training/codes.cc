#include <oneapi/tbb/enumerable_thread_specific.h>

#include "matchers/finger/extraction.h"
#include "tools/synthesis/impression.h"
#include "tools/training/training_data.h"

namespace distinct::training {

finger::FingerExtractor& ExtractorOfThread() {
  static tbb::enumerable_thread_specific<finger::FingerExtractor> extractors;
  return extractors.local();
}

image::GreyImage GreyOf(const synthesis::Impression& impression) {
  image::GreyImage grey;
  grey.width_px = synthesis::kImpressionWidthPx;
  grey.height_px = synthesis::kImpressionHeightPx;
  grey.pixels = impression.grey;
  return grey;
}

std::string CodesOfFinger(const Options& options, uint64_t finger,
                          const synthesis::Master& master) {
  std::string out;
  for (uint32_t i = 0; i < options.impressions; ++i) {
    const synthesis::Impression impression = synthesis::MakeImpression(master, i, {SeverityOf(i)});
    const auto extracted = ExtractorOfThread().ExtractPixels(GreyOf(impression), nullptr);
    if (!extracted.ok()) continue;
    const std::string bytes = finger::Serialize(extracted->features);
    const finger::TemplateView view(bytes);
    const uint32_t head[2] = {static_cast<uint32_t>(finger), static_cast<uint32_t>(view.count())};
    Put(out, head, 2);
    out.append(view.codes());
  }
  return out;
}

}  // namespace distinct::training
