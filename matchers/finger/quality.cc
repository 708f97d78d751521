#include "matchers/finger/quality.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace distinct::finger {
namespace {

// As many as a comparison's best pairs and some to spare.
constexpr size_t kBest = 24;

// Beyond these a print is flagged. Measured on generated prints (decisions/0005,
// tools/calibration/flag_rates.py): of captures that lost no minutiae, at most 2 in 100 have a
// flag.
struct Limits {
  double area_small_px = 22'000;  // a flat print covers about 15 x 20 mm: 116,000 px
  double contrast_low_grey = 8;
  double skewness_dry = -1.0;   // finds 81 % of dry captures that lost minutiae
  double skewness_wet = 0.7;    // finds 37 % of wet ones
  double certainty_low = 0.55;  // generated prints would allow 0.72, real ones are less certain
  int minutiae_few = 12;        // the classical rule of court experts
};
constexpr Limits kLimits;

// Deviation of grey within a cell.
double CellContrast(const cv::Mat1b& grey, int cell_x, int cell_y) {
  const int right = std::min((cell_x + 1) * kCellPx, grey.cols);
  const int bottom = std::min((cell_y + 1) * kCellPx, grey.rows);
  int sum = 0;
  int squares = 0;
  for (int y = cell_y * kCellPx; y < bottom; ++y) {
    const uint8_t* row = grey.ptr<uint8_t>(y);
    for (int x = cell_x * kCellPx; x < right; ++x) {
      sum += row[x];
      squares += row[x] * row[x];
    }
  }
  const double count = std::max(1, (right - cell_x * kCellPx) * (bottom - cell_y * kCellPx));
  const double mean = sum / count;
  return std::sqrt(std::max(0.0, squares / count - mean * mean));
}

double MeanContrast(const cv::Mat1b& grey, const cv::Mat1b& cells) {
  double sum = 0;
  int count = 0;
  for (int y = 0; y < cells.rows; ++y) {
    for (int x = 0; x < cells.cols; ++x) {
      if (cells(y, x) == 0 || x * kCellPx >= grey.cols || y * kCellPx >= grey.rows) continue;
      sum += CellContrast(grey, x, y);
      ++count;
    }
  }
  return sum / std::max(1, count);
}

// Where no normalised value knows of the finger's edge, which is dark beside its surroundings and
// would make any print look dry. The picture's border is no edge.
cv::Mat1b Inside(const cv::Mat1b& cells) {
  constexpr int kEdgeCells = 2;
  cv::Mat1b inside;
  cv::erode(cells, inside, cv::Mat1b::ones(2 * kEdgeCells + 1, 2 * kEdgeCells + 1));
  return inside;
}

double Skewness(const cv::Mat_<int8_t>& context, const cv::Mat1b& cells) {
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

PrintFacts Measure(const cv::Mat1b& grey, const cv::Mat_<int8_t>& context,
                   const FoundMinutiae& found) {
  const cv::Mat1b cells(found.finger > 0.5F);
  PrintFacts out;
  out.area_px = double{kCellPx} * kCellPx * cv::countNonZero(cells);
  out.contrast_grey = MeanContrast(grey, cells);
  out.skewness = Skewness(context, Inside(cells));
  const auto count = static_cast<double>(found.minutiae.size());
  out.certainty = ExpectedMinutiae(found) / std::max(1.0, count);
  out.sure_minutiae = static_cast<int>(std::count_if(
      found.minutiae.begin(), found.minutiae.end(),
      [](const Minutia& m) { return m.quality >= std::lround(100 * kPresenceSure); }));
  return out;
}

std::vector<std::string> FlagsOf(const PrintFacts& facts) {
  std::vector<std::string> out;
  if (facts.area_px < kLimits.area_small_px) out.emplace_back("SMALL_AREA");
  if (facts.contrast_grey < kLimits.contrast_low_grey) out.emplace_back("LOW_CONTRAST");
  if (facts.skewness < kLimits.skewness_dry) out.emplace_back("DRY");
  if (facts.skewness > kLimits.skewness_wet) out.emplace_back("WET");
  if (facts.certainty < kLimits.certainty_low) out.emplace_back("NO_RIDGES");
  if (facts.sure_minutiae < kLimits.minutiae_few) out.emplace_back("FEW_MINUTIAE");
  return out;
}

}  // namespace

double ExpectedMinutiae(const FoundMinutiae& found) {
  return ExpectedOf(found, found.minutiae.size());
}

QualityReport AssessQuality(const cv::Mat1b& grey, const cv::Mat_<int8_t>& context,
                            const FoundMinutiae& found) {
  const double certainty = ExpectedOf(found, kBest) / double{kBest};
  const PrintFacts facts = Measure(grey, context, found);
  return {Quality{static_cast<int>(std::lround(certainty * 100))}, facts, FlagsOf(facts)};
}

}  // namespace distinct::finger
