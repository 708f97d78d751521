#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/synthesis/random.h"
#include "tools/synthesis/true_minutiae.h"
#include "tools/training/training_data.h"

namespace distinct::training {
namespace {

using synthesis::Condition;
using synthesis::Random;

constexpr uint64_t kConditionStream = 6;

// A capture with one fault, as strong as `share` of the worst says; the rest as a guided capture
// has it.
struct Fault {
  const char* name;
  void (*apply)(Random& random, float share, Condition& condition);
};

constexpr std::array<Fault, 8> kFaults = {{
    {"none", [](Random& random, float, Condition& c) { c.pressure = random.Uniform(-0.3F, 0.3F); }},
    {"dry",
     [](Random& random, float share, Condition& c) {
       c.dryness = share;
       c.pressure = random.Uniform(-0.6F, 0);
     }},
    {"light", [](Random&, float share, Condition& c) { c.pressure = -1.2F * share; }},
    {"wet",
     [](Random& random, float share, Condition& c) {
       c.pressure = 2 * share;
       c.wetness = random.Uniform();
     }},
    {"blotted",
     [](Random& random, float share, Condition& c) {
       c.blots = share;
       c.pressure = random.Uniform(0, 0.6F);
     }},
    {"worn", [](Random&, float share, Condition& c) { c.noise = share; }},
    {"small", [](Random&, float share, Condition& c) { c.reach = 1 - 0.8F * share; }},
    {"faint", [](Random&, float share, Condition& c) { c.contrast = 0.5F * (1 - share); }},
}};

double ShareFound(const std::vector<synthesis::VisibleMinutia>& truth,
                  const image::GreyImage& grey) {
  constexpr float kNearPx = 8;
  const cv::Mat1b pixels(grey.height_px, grey.width_px, const_cast<uint8_t*>(grey.pixels.data()));
  finger::ContextMaker maker;
  finger::MinutiaNetwork network;
  const finger::FoundMinutiae found = network.Find(maker.Make(pixels), finger::kPresenceSure);
  const auto is_found = [&](const synthesis::VisibleMinutia& v) {
    return std::any_of(found.minutiae.begin(), found.minutiae.end(), [&](const finger::Minutia& m) {
      return std::hypot(m.x_px - v.minutia.place.x_px, m.y_px - v.minutia.place.y_px) < kNearPx;
    });
  };
  const auto count = std::count_if(truth.begin(), truth.end(), is_found);
  return static_cast<double>(count) / static_cast<double>(std::max<size_t>(1, truth.size()));
}

double ContactArea(const synthesis::Impression& impression) {
  double sum = 0;
  for (const uint8_t touch : impression.contact) sum += touch;
  return sum / 255;
}

}  // namespace

std::string FlagsOfFinger(const Options& options, uint64_t finger,
                          const synthesis::Master& master) {
  const std::vector<synthesis::TrueMinutia> in_master = synthesis::TrueMinutiae(master);
  std::string out;
  for (uint32_t i = 0; i < options.impressions; ++i) {
    Random random{options.seed, finger, kConditionStream, i};
    const Fault& fault = kFaults[i % kFaults.size()];
    const synthesis::Severity severity{random.Uniform(0.1F, 0.6F)};
    const float share = random.Uniform();
    Condition condition = synthesis::Faultless();
    fault.apply(random, share, condition);

    const synthesis::Impression impression =
        synthesis::MakeImpression(master, i, severity, condition);
    const auto truth = synthesis::VisibleMinutiae(in_master, impression);
    const image::GreyImage grey = GreyOf(impression);
    const auto extracted = ExtractorOfThread().ExtractPixels(grey, nullptr);
    const finger::ExtractedFinger read = extracted.ok() ? *extracted : finger::ExtractedFinger{};
    const finger::PrintFacts& facts = read.facts;
    absl::StrAppendFormat(&out, "%s\t%.3f\t%.3f\t%.3f\t%.0f\t%d\t%.3f\t", fault.name, share,
                          impression.ridge_ink, impression.furrow_ink, ContactArea(impression),
                          truth.size(), ShareFound(truth, grey));
    absl::StrAppendFormat(&out, "%.0f\t%.2f\t%.3f\t%.3f\t%d\t%d\t%s\n", facts.area_px,
                          facts.contrast_grey, facts.skewness, facts.certainty, facts.sure_minutiae,
                          read.features.quality.value,
                          extracted.ok() ? absl::StrJoin(read.flags, ",") : "REFUSED");
  }
  return out;
}

}  // namespace distinct::training
