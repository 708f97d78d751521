#include "matchers/finger/extraction.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "matchers/finger/frequency.h"
#include "matchers/finger/minutiae.h"
#include "matchers/finger/normalisation.h"
#include "matchers/finger/orientation.h"
#include "matchers/finger/quality.h"
#include "matchers/finger/segmentation.h"
#include "matchers/finger/skeleton.h"
#include "matchers/image/decode.h"
#include "matchers/image/resolution.h"
#include "matchers/status.h"

namespace distinct::finger {
namespace {

constexpr double kDpiUnstated = 500;    // what the API promises where neither caller nor file says
constexpr int kNormaliseRadiusPx = 10;  // two boxes of 21 px: a little over two ridge periods
// Mean share of the signature's energy in one period. 213 real prints have 0.24 and more, 262
// photographs of faces 0.14 and less: what is no print is refused before anybody is enrolled by it.
constexpr float kRidgeConfidenceMin = 0.18F;
constexpr int kSideMinPx = 64;    // seven ridges: below, there is no place for a descriptor
constexpr int kSideMaxPx = 2047;  // what a template's coordinates can say

void Show(StageSink* sink, std::string_view stage, const cv::Mat& picture, float low, float high) {
  if (sink == nullptr) return;
  cv::Mat1b grey;
  picture.convertTo(grey, CV_8U, 255.0 / (high - low), -255.0 * low / (high - low));
  sink->OnStage(stage, {grey.ptr<uint8_t>(), grey.cols, grey.rows, static_cast<int>(grey.step)});
}

absl::Status CheckSize(const image::GreyImage& grey) {
  const int shorter = std::min(grey.width_px, grey.height_px);
  const int longer = std::max(grey.width_px, grey.height_px);
  if (shorter < kSideMinPx || longer > kSideMaxPx) {
    return absl::FailedPreconditionError(absl::StrCat(
        "image: got ", grey.width_px, " x ", grey.height_px, " px at 500 dpi, want ", kSideMinPx,
        " to ", kSideMaxPx, " a side; capture one finger, and send the scanner's true resolution"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExtractedFinger> FingerExtractor::ExtractPixels(const image::GreyImage& grey,
                                                               StageSink* sink) {
  RETURN_IF_ERROR(CheckSize(grey));
  const cv::Mat1b pixels(grey.height_px, grey.width_px, const_cast<uint8_t*>(grey.pixels.data()));
  cv::Mat1f picture;
  pixels.convertTo(picture, CV_32F);

  const NormalisedImage normalised = NormaliseLocally(picture, kNormaliseRadiusPx);
  const OrientationField orientation = EstimateOrientation(normalised.value);
  const Segmentation varied = SegmentFinger(normalised.deviation, orientation);
  const PeriodField period = EstimatePeriod(normalised.value, orientation, varied.mask);
  if (period.confidence < kRidgeConfidenceMin) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "image: got a ridge confidence of %.2f, want at least %.2f; no fingerprint found in the "
        "picture, capture the finger again",
        period.confidence, kRidgeConfidenceMin));
  }
  const Enhanced enhanced = filter_.Apply(normalised.value, orientation, period, varied.mask);
  const Segmentation segmentation = KeepReliable(varied, orientation, enhanced.reliability);
  const cv::Mat1b skeleton = Skeletonise(enhanced.ridge, segmentation.mask);
  Show(sink, "normalised", normalised.value, -2.5F, 2.5F);
  Show(sink, "mask", segmentation.mask, 0, 255);
  Show(sink, "enhanced", enhanced.ridge, 0.6F, -0.6F);
  Show(sink, "reliability", enhanced.reliability, 0, 1);
  Show(sink, "skeleton", skeleton, 1, 0);

  std::vector<Minutia> minutiae = FindMinutiae(skeleton, segmentation, orientation, enhanced);
  if (minutiae.size() > static_cast<size_t>(kMinutiaeMax)) minutiae.resize(kMinutiaeMax);
  if (minutiae.size() < static_cast<size_t>(kMinutiaeMin)) {
    return absl::FailedPreconditionError(
        absl::StrCat("image: got ", minutiae.size(), " minutiae, want at least ", kMinutiaeMin,
                     "; no usable fingerprint found, capture the finger again"));
  }

  cv::Mat1f half;
  cv::resize(picture, half, {picture.cols / 2, picture.rows / 2}, 0, 0, cv::INTER_AREA);
  const cv::Mat1f context = NormaliseLocally(half, kPatchNormaliseRadiusPx).value;
  std::vector<Patch> patches;
  patches.reserve(minutiae.size());
  for (const Minutia& m : minutiae) patches.push_back(CutPatch(context, m));
  const std::vector<DescriptorValues> values = network_.Describe(patches);
  for (size_t i = 0; i < minutiae.size(); ++i) minutiae[i].code = SignsOf(values[i]);

  ExtractedFinger out;
  const QualityReport quality = AssessQuality(normalised, segmentation, enhanced, period, minutiae);
  out.features = {grey.width_px, grey.height_px, quality.quality, std::move(minutiae)};
  out.flags = quality.flags;
  return out;
}

absl::StatusOr<Extraction> FingerExtractor::Extract(const Sample& sample, StageSink* sink) {
  return Guard("opencv", [&]() -> absl::StatusOr<Extraction> {
    ASSIGN_OR_RETURN(image::GreyImage decoded, image::DecodeGrey(sample.image));
    const double stated = sample.dpi > 0 ? sample.dpi : decoded.dpi;
    ASSIGN_OR_RETURN(const image::GreyImage grey,
                     image::ToResolution(std::move(decoded), stated > 0 ? stated : kDpiUnstated));
    ASSIGN_OR_RETURN(ExtractedFinger extracted, ExtractPixels(grey, sink));
    Extraction out;
    out.features = {sample.position, kTemplateVersion, extracted.features.quality,
                    Serialize(extracted.features)};
    out.flags = std::move(extracted.flags);
    return out;
  });
}

}  // namespace distinct::finger
