#include "matchers/finger/record.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "matchers/finger/template.h"
#include "matchers/formats/minutiae_record.h"
#include "matchers/status.h"

namespace distinct::finger {
namespace {

using formats::FingerView;
using formats::MinutiaeRecord;
using formats::RecordMinutia;

constexpr double kSideMaxPx = 2047;  // what a template's coordinates can say

Minutia FromRecord(const RecordMinutia& in) {
  Minutia out;
  out.x_px = in.x_px;
  out.y_px = in.y_px;
  out.direction_rad = in.direction_rad;
  out.quality = in.quality;
  out.type = in.type == RecordMinutia::Type::kBifurcation ? MinutiaType::kBifurcation
                                                          : MinutiaType::kEnding;
  return out;
}

// Most records list minutiae from top to bottom, so the first 48 would be the upper ones.
void KeepBest(std::vector<Minutia>& minutiae) {
  float x_px = 0;
  float y_px = 0;
  for (const Minutia& m : minutiae) {
    x_px += m.x_px / static_cast<float>(minutiae.size());
    y_px += m.y_px / static_cast<float>(minutiae.size());
  }
  const auto from_middle = [&](const Minutia& m) {
    return std::hypot(m.x_px - x_px, m.y_px - y_px);
  };
  std::stable_sort(minutiae.begin(), minutiae.end(), [&](const Minutia& a, const Minutia& b) {
    return a.quality != b.quality ? a.quality > b.quality : from_middle(a) < from_middle(b);
  });
  if (minutiae.size() > kMinutiaeMax) minutiae.resize(kMinutiaeMax);
}

absl::StatusOr<FingerTemplate> TemplateOf(const MinutiaeRecord& record, const FingerView& view) {
  if (record.width_px > kSideMaxPx || record.height_px > kSideMaxPx) {
    return absl::InvalidArgumentError(
        absl::StrCat("record.size: got ", record.width_px, " x ", record.height_px,
                     " px at 500 dpi, want at most ", kSideMaxPx,
                     " a side; send the record of one finger with its true resolution"));
  }
  if (view.minutiae.size() < static_cast<size_t>(kMinutiaeMin)) {
    return absl::FailedPreconditionError(absl::StrCat("record.minutiae: got ", view.minutiae.size(),
                                                      ", want at least ", kMinutiaeMin,
                                                      "; capture the finger again"));
  }
  FingerTemplate out;
  out.has_codes = false;
  out.width_px = static_cast<int>(std::ceil(record.width_px));
  out.height_px = static_cast<int>(std::ceil(record.height_px));
  out.quality = Quality{view.quality};
  for (const RecordMinutia& m : view.minutiae) out.minutiae.push_back(FromRecord(m));
  KeepBest(out.minutiae);
  return out;
}

}  // namespace

absl::StatusOr<Extraction> ExtractRecord(const Sample& sample) {
  ASSIGN_OR_RETURN(const MinutiaeRecord record,
                   formats::ReadMinutiaeRecord(sample.image, sample.dpi));
  ASSIGN_OR_RETURN(const FingerView* const view, formats::ChooseView(record, sample.position));
  ASSIGN_OR_RETURN(const FingerTemplate features, TemplateOf(record, *view));
  Extraction out;
  out.features = {sample.position, kTemplateVersion, features.quality, Serialize(features)};
  out.flags = {std::string(kTemplateOnly)};
  return out;
}

std::string WriteRecord(std::string_view template_bytes, Position position) {
  const TemplateView view(template_bytes);
  FingerView finger;
  finger.position = position;
  finger.quality = static_cast<uint8_t>(view.quality().value);
  for (int i = 0; i < view.count(); ++i) {
    const Minutia m = view.geometry(i);
    finger.minutiae.push_back({m.x_px, m.y_px, m.direction_rad, m.quality,
                               m.type == MinutiaType::kBifurcation
                                   ? RecordMinutia::Type::kBifurcation
                                   : RecordMinutia::Type::kEnding});
  }
  MinutiaeRecord record;
  record.width_px = view.width_px();
  record.height_px = view.height_px();
  record.views.push_back(std::move(finger));
  return formats::WriteIsoRecord(record);
}

}  // namespace distinct::finger
