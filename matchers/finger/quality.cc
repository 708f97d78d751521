#include "matchers/finger/quality.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace distinct::finger {
namespace {

// Of the most certain minutiae: above, FNMR no longer falls with their number.
constexpr size_t kBest = 24;
constexpr double kAreaSmallPx = 22'000;  // a flat print covers about 15 x 20 mm: 116,000 px
constexpr double kContrastLowGrey = 8;
constexpr int kMinutiaeFew = 12;  // the classical rule of court experts
constexpr double kCertaintyLow = 0.45;
// Third moment of the normalised values: ridges thinner than furrows have a tail of dark values.
constexpr double kSkewDry = -0.35;
constexpr double kSkewWet = 0.35;

double MeanContrast(const cv::Mat1b& grey, const cv::Mat1b& cells) {
  cv::Mat1f values, mean, square;
  grey.convertTo(values, CV_32F);
  cv::resize(values, mean, cells.size(), 0, 0, cv::INTER_AREA);
  cv::resize(cv::Mat1f(values.mul(values)), square, cells.size(), 0, 0, cv::INTER_AREA);
  cv::Mat1f variance(square - mean.mul(mean));
  cv::max(variance, 0, variance);
  cv::sqrt(variance, variance);
  return cv::mean(variance, cells)[0];
}

double Skew(const cv::Mat_<int8_t>& context, const cv::Mat1b& cells) {
  double cubes = 0;
  double squares = 1e-9;
  double count = 1;
  for (int y = 0; y < context.rows; ++y) {
    const uint8_t* cell = cells.ptr<uint8_t>(std::min(y / 4, cells.rows - 1));
    const int8_t* row = context.ptr<int8_t>(y);
    for (int x = 0; x < context.cols; ++x) {
      if (cell[std::min(x / 4, cells.cols - 1)] == 0) continue;
      const double v = row[x];
      squares += v * v;
      cubes += v * v * v;
      count += 1;
    }
  }
  const double deviation = std::sqrt(squares / count);
  return cubes / count / (deviation * deviation * deviation + 1e-9);
}

double ExpectedOf(const FoundMinutiae& found, size_t best) {
  double sum = 0;
  for (size_t i = 0; i < std::min(best, found.minutiae.size()); ++i) {
    sum += found.minutiae[i].quality / 100.0;
  }
  return sum;
}

cv::Mat1b FingerCells(const FoundMinutiae& found) { return cv::Mat1b(found.finger > 0.5F); }

}  // namespace

double ExpectedMinutiae(const FoundMinutiae& found) {
  return ExpectedOf(found, found.minutiae.size());
}

double FingerArea(const FoundMinutiae& found) {
  return double{kCellPx} * kCellPx * cv::countNonZero(FingerCells(found));
}

QualityReport AssessQuality(const cv::Mat1b& grey, const cv::Mat_<int8_t>& context,
                            const FoundMinutiae& found) {
  const cv::Mat1b cells = FingerCells(found);
  const double expected = ExpectedMinutiae(found);
  const double certainty =
      expected / std::max<double>(1, static_cast<double>(found.minutiae.size()));
  const double skew = Skew(context, cells);

  QualityReport out;
  out.quality.value = static_cast<int>(std::lround(ExpectedOf(found, kBest) * 100 / double{kBest}));
  if (FingerArea(found) < kAreaSmallPx) out.flags.emplace_back("SMALL_AREA");
  if (MeanContrast(grey, cells) < kContrastLowGrey) out.flags.emplace_back("LOW_CONTRAST");
  if (skew < kSkewDry) out.flags.emplace_back("DRY");
  if (skew > kSkewWet) out.flags.emplace_back("WET");
  if (certainty < kCertaintyLow) out.flags.emplace_back("NO_RIDGES");
  if (static_cast<int>(found.minutiae.size()) < kMinutiaeFew) {
    out.flags.emplace_back("FEW_MINUTIAE");
  }
  return out;
}

}  // namespace distinct::finger
