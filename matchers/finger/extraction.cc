#include "matchers/finger/extraction.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "matchers/finger/context.h"
#include "matchers/finger/record.h"
#include "matchers/formats/minutiae_record.h"
#include "matchers/image/decode.h"
#include "matchers/image/resolution.h"
#include "matchers/status.h"

namespace distinct::finger {
namespace {

constexpr double kDpiUnstated = 500;  // what the API promises where neither caller nor file says
// Where few minutiae are sure, the best of the less sure fill up.
constexpr float kPresenceLeast = 0.1F;
constexpr size_t kMinutiaeWanted = 12;
// 480 real prints have 8.9 and more, 97 % of 270 photographs of faces less than 6: what is no
// print is refused before anybody is enrolled by it.
constexpr double kExpectedMin = 6;
constexpr int kSideMinPx = 64;    // seven ridges: below, there is no place for a descriptor
constexpr int kSideMaxPx = 2047;  // what a template's coordinates can say

void Show(StageSink* sink, std::string_view stage, const cv::Mat& picture, double scale,
          double offset) {
  if (sink == nullptr) return;
  cv::Mat1b grey;
  picture.convertTo(grey, CV_8U, scale, offset);
  sink->OnStage(stage, {grey.ptr<uint8_t>(), grey.cols, grey.rows, static_cast<int>(grey.step)});
}

void KeepTheSure(std::vector<Minutia>& minutiae) {
  const auto unsure = std::find_if(minutiae.begin(), minutiae.end(), [](const Minutia& m) {
    return m.quality < std::lround(100 * kPresenceSure);
  });
  const auto sure = static_cast<size_t>(unsure - minutiae.begin());
  const size_t keep = std::min(std::max(sure, kMinutiaeWanted), static_cast<size_t>(kMinutiaeMax));
  if (minutiae.size() > keep) minutiae.resize(keep);
}

// Of a picture that is to be brought from `dpi` to 500: before that, as it may take much memory.
absl::Status CheckSize(const image::GreyImage& grey, double dpi) {
  const double scale = 500 / dpi;
  const auto width = std::lround(grey.width_px * scale);
  const auto height = std::lround(grey.height_px * scale);
  if (std::min(width, height) < kSideMinPx || std::max(width, height) > kSideMaxPx) {
    return absl::FailedPreconditionError(absl::StrCat(
        "image: got ", width, " x ", height, " px at 500 dpi, want ", kSideMinPx, " to ",
        kSideMaxPx, " a side; capture one finger, and send the scanner's true resolution"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExtractedFinger> FingerExtractor::ExtractPixels(const image::GreyImage& grey,
                                                               StageSink* sink) {
  RETURN_IF_ERROR(CheckSize(grey, 500));
  const cv::Mat1b pixels(grey.height_px, grey.width_px, const_cast<uint8_t*>(grey.pixels.data()));
  const cv::Mat_<int8_t>& context = context_maker_.Make(pixels);
  FoundMinutiae found = minutia_network_.Find(context, kPresenceLeast);
  KeepTheSure(found.minutiae);
  Show(sink, "context", context, 1, 128);
  Show(sink, "finger", found.finger, 255, 0);
  Show(sink, "presence", found.presence, 255, 0);
  const double expected = ExpectedMinutiae(found);
  if (expected < kExpectedMin || found.minutiae.size() < static_cast<size_t>(kMinutiaeMin)) {
    return absl::FailedPreconditionError(
        absl::StrFormat("image: no fingerprint found in the picture: got %.1f minutiae that are "
                        "likely true, want at least %.0f; capture the finger again, or give the "
                        "position FACE if it is a face",
                        expected, kExpectedMin));
  }
  QualityReport report = AssessQuality(pixels, context, found);

  std::vector<Minutia>& minutiae = found.minutiae;
  std::vector<Patch> patches;
  patches.reserve(minutiae.size());
  for (const Minutia& m : minutiae) patches.push_back(CutPatch(context, m));
  const std::vector<DescriptorValues> values = descriptor_network_.Describe(patches);
  for (size_t i = 0; i < minutiae.size(); ++i) minutiae[i].code = SignsOf(values[i]);

  ExtractedFinger out;
  out.features = {grey.width_px, grey.height_px, report.quality, std::move(minutiae)};
  out.facts = report.facts;
  out.flags = std::move(report.flags);
  return out;
}

absl::StatusOr<Extraction> FingerExtractor::Extract(const Sample& sample, StageSink* sink) {
  if (formats::IsMinutiaeRecord(sample.image)) return ExtractRecord(sample);
  return Guard("opencv", [&]() -> absl::StatusOr<Extraction> {
    ASSIGN_OR_RETURN(image::GreyImage decoded, image::DecodeGrey(sample.image));
    const double stated = sample.dpi > 0 ? sample.dpi : decoded.dpi;
    const double dpi = stated > 0 ? stated : kDpiUnstated;
    RETURN_IF_ERROR(image::CheckDpi(dpi));
    RETURN_IF_ERROR(CheckSize(decoded, dpi));
    ASSIGN_OR_RETURN(const image::GreyImage grey, image::ToResolution(std::move(decoded), dpi));
    ASSIGN_OR_RETURN(ExtractedFinger extracted, ExtractPixels(grey, sink));
    Extraction out;
    out.features = {sample.position, kTemplateVersion, extracted.features.quality,
                    Serialize(extracted.features)};
    out.flags = std::move(extracted.flags);
    return out;
  });
}

}  // namespace distinct::finger
