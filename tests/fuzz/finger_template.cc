// Finger templates from outside: validation and parsing agree, and bytes survive a round trip.
#include <string_view>

#include "matchers/check.h"
#include "matchers/finger/template.h"
#include "tests/fuzz/harness.h"

namespace distinct::fuzz {
namespace {

std::string TemplateOf(int minutiae, bool has_codes) {
  finger::FingerTemplate features{.width_px = 388,
                                  .height_px = 374,
                                  .quality = Quality{71},
                                  .minutiae = {},
                                  .has_codes = has_codes};
  for (int i = 0; i < minutiae; ++i) {
    const auto f = static_cast<float>(i);
    const auto bits = static_cast<uint64_t>(i);
    features.minutiae.push_back(
        {.x_px = 8 * f,
         .y_px = 370 - 7 * f,
         .direction_rad = 0.1F * f,
         .quality = static_cast<uint8_t>(90 - i),
         .type = i % 2 == 0 ? finger::MinutiaType::kEnding : finger::MinutiaType::kBifurcation,
         .code = {.low = bits * 0x9e3779b97f4a7c15, .high = ~bits}});
  }
  return finger::Serialize(features);
}

}  // namespace

std::vector<std::string> Seeds() {
  return {TemplateOf(finger::kMinutiaeMin, true), TemplateOf(20, true),
          TemplateOf(finger::kMinutiaeMax, true), TemplateOf(9, false)};
}

}  // namespace distinct::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const bool valid = distinct::finger::ValidateTemplate(bytes).ok();
  const auto parsed = distinct::finger::ParseTemplate(bytes);
  CHECK(parsed.ok() == valid);
  if (!valid) return 0;
  // What a later writer appended is skipped.
  CHECK(bytes.starts_with(distinct::finger::Serialize(*parsed)));
  const distinct::finger::TemplateView view(bytes);
  CHECK(static_cast<size_t>(view.count()) == parsed->minutiae.size());
  for (int i = 0; i < view.count(); ++i) {
    const auto& minutia = parsed->minutiae[static_cast<size_t>(i)];
    if (view.has_codes()) {
      const distinct::Code code = view.code(i);
      CHECK(code.low == minutia.code.low && code.high == minutia.code.high);
    }
    CHECK(view.geometry(i).x_px == minutia.x_px);
  }
  return 0;
}
