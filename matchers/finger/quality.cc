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
