#include "matchers/finger/drawing.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "matchers/finger/template.h"
#include "matchers/formats/minutiae_record.h"
#include "matchers/image/decode.h"
#include "matchers/image/encode.h"
#include "matchers/image/mat.h"
#include "matchers/image/resolution.h"
#include "matchers/status.h"

namespace distinct::finger {
namespace {

constexpr int kZoom = 2;  // rings of 4 px and lines between them need room
constexpr int kRingPx = 4 * kZoom;
constexpr int kLinePx = 12 * kZoom;
constexpr int kShift = 4;  // OpenCV's fixed point: 1/16 px

// White paper of the picture's size: a record has no picture.
absl::StatusOr<cv::Mat3b> RecordCanvas(const Sample& sample) {
  ASSIGN_OR_RETURN(const formats::MinutiaeRecord record,
                   formats::ReadMinutiaeRecord(sample.image, sample.dpi));
  return cv::Mat3b(static_cast<int>(std::ceil(record.height_px)) * kZoom,
                   static_cast<int>(std::ceil(record.width_px)) * kZoom, cv::Vec3b(255, 255, 255));
}

absl::StatusOr<cv::Mat3b> Canvas(const Sample& sample) {
  if (formats::IsMinutiaeRecord(sample.image)) return RecordCanvas(sample);
  ASSIGN_OR_RETURN(image::GreyImage decoded, image::DecodeGrey(sample.image));
  const double stated = sample.dpi > 0 ? sample.dpi : decoded.dpi;
  ASSIGN_OR_RETURN(
      image::GreyImage grey,
      image::ToResolution(std::move(decoded), stated > 0 ? stated : image::kTargetDpi));
  const cv::Mat1b pixels(grey.height_px, grey.width_px, grey.pixels.data());
  cv::Mat1b large;
  cv::resize(pixels, large, {}, kZoom, kZoom, cv::INTER_CUBIC);
  // Paler than the print, so that what is drawn over it stands out.
  large.convertTo(large, CV_8U, 0.7, 0.3 * 255);
  cv::Mat3b out;
  cv::cvtColor(large, out, cv::COLOR_GRAY2BGR);
  return out;
}

cv::Point At(float x_px, float y_px) {
  const auto fixed = [](float v) {
    return static_cast<int>(std::lround((v + 0.5F) * kZoom * (1 << kShift)));
  };
  return {fixed(x_px), fixed(y_px)};
}

std::string Png(const cv::Mat3b& canvas) {
  return image::EncodePng(image::FromMat<image::BgrImage>(canvas, 0));
}

}  // namespace

absl::StatusOr<std::string> DrawMinutiae(const Sample& sample, std::string_view template_bytes) {
  return Guard("opencv", [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const FingerTemplate features, ParseTemplate(template_bytes));
    ASSIGN_OR_RETURN(cv::Mat3b canvas, Canvas(sample));
    for (const Minutia& m : features.minutiae) {
      const bool ending = m.type == MinutiaType::kEnding;
      const double strength = 0.35 + 0.65 * m.quality / 100.0;
      const cv::Scalar full = ending ? cv::Scalar(40, 40, 220) : cv::Scalar(210, 90, 20);
      const cv::Scalar colour = strength * full + (1 - strength) * cv::Scalar(200, 200, 200);
      const cv::Point centre = At(m.x_px, m.y_px);
      const cv::Point tip =
          centre +
          cv::Point(
              static_cast<int>(std::lround(kLinePx * (1 << kShift) * std::cos(m.direction_rad))),
              static_cast<int>(std::lround(-kLinePx * (1 << kShift) * std::sin(m.direction_rad))));
      cv::circle(canvas, centre, kRingPx << kShift, colour, 2, cv::LINE_AA, kShift);
      cv::line(canvas, centre, tip, colour, 2, cv::LINE_AA, kShift);
    }
    return Png(canvas);
  });
}

absl::StatusOr<std::string> DrawPairs(const Sample& probe, const Sample& reference,
                                      const Explanation& explanation) {
  return Guard("opencv", [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const cv::Mat3b left, Canvas(probe));
    ASSIGN_OR_RETURN(const cv::Mat3b right, Canvas(reference));
    cv::Mat3b canvas = image::Beside(left, right);
    const cv::Point across((left.cols + image::kBesideGapPx) << kShift, 0);
    // Distinct hues, so that a line can be followed by eye.
    const std::array<cv::Scalar, 6> hues = {cv::Scalar(40, 40, 220), cv::Scalar(210, 90, 20),
                                            cv::Scalar(40, 150, 40), cv::Scalar(190, 50, 170),
                                            cv::Scalar(0, 130, 230), cv::Scalar(150, 140, 0)};
    for (size_t i = 0; i < explanation.pairs.size(); ++i) {
      const PairedFeature& pair = explanation.pairs[i];
      const cv::Scalar& colour = hues[i % hues.size()];
      const cv::Point a = At(pair.probe_x_px, pair.probe_y_px);
      const cv::Point b = At(pair.reference_x_px, pair.reference_y_px) + across;
      cv::line(canvas, a, b, colour, 1, cv::LINE_AA, kShift);
      cv::circle(canvas, a, kRingPx << kShift, colour, 2, cv::LINE_AA, kShift);
      cv::circle(canvas, b, kRingPx << kShift, colour, 2, cv::LINE_AA, kShift);
    }
    return Png(canvas);
  });
}

}  // namespace distinct::finger
