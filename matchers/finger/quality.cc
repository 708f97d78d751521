#include "matchers/finger/quality.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace distinct::finger {
namespace {

// A flat print of an adult covers about 15 x 20 mm: 116,000 px at 500 dpi. Full marks from half.
constexpr double kAreaFullPx = 58'000;
constexpr double kAreaSmallPx = 22'000;
constexpr double kMinutiaeFull = 24;  // above, FNMR no longer falls with their number
constexpr int kMinutiaeFew = 12;      // the classical rule of court experts
constexpr double kContrastLowGrey = 8;
constexpr double kReliableMin = 0.35;

}  // namespace

QualityReport AssessQuality(const NormalisedImage& normalised, const Segmentation& segmentation,
                            const Enhanced& enhanced, const PeriodField& period,
                            absl::Span<const Minutia> minutiae) {
  const double area = cv::countNonZero(segmentation.mask);
  cv::Mat1b cells;
  cv::resize(segmentation.mask, cells, enhanced.reliability.size(), 0, 0, cv::INTER_NEAREST);
  const double reliable = cv::mean(enhanced.reliability, cells)[0];
  const double contrast = cv::mean(normalised.deviation, segmentation.mask)[0];
  double sum = 0;
  for (const Minutia& m : minutiae) sum += m.quality / 100.0;
  const double area_share = std::min(1.0, area / kAreaFullPx);
  const double minutiae_share = std::min(1.0, sum / kMinutiaeFull);
  const double ridge_share = reliable * (0.5 + 0.5 * period.confidence);

  QualityReport out;
  out.quality.value = static_cast<int>(
      std::lround(100 * std::cbrt(area_share * minutiae_share * std::min(1.0, ridge_share))));
  if (area < kAreaSmallPx) out.flags.emplace_back("SMALL_AREA");
  if (contrast < kContrastLowGrey) out.flags.emplace_back("LOW_CONTRAST");
  if (reliable < kReliableMin) out.flags.emplace_back("NO_RIDGES");
  if (static_cast<int>(minutiae.size()) < kMinutiaeFew) out.flags.emplace_back("FEW_MINUTIAE");
  return out;
}

}  // namespace distinct::finger
