#include "matchers/finger/segmentation.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace distinct::finger {
namespace {

// Share of the picture's strong deviation (90th percentile) that a ridge pattern has at least,
// and the least deviation in grey levels: below is sensor noise.
constexpr float kDeviationShare = 0.30F;
constexpr float kDeviationMinGrey = 4;
// Coherence of noise averaged over the same windows stays below.
constexpr float kCoherenceMin = 0.22F;
// Least share of the variation that the filter explains. The rim of a window is coherent (0.9) but
// explained to less than 0.25; speckled ridges of dry skin are neither, and are kept.
constexpr float kReliabilityMin = 0.10F;
constexpr float kReliabilityByCoherence = 0.25F;
constexpr int kOpenCells = 5;         // removes specks up to 20 px
constexpr int kCloseCells = 9;        // closes creases and gaps up to 36 px
constexpr int kIslandCellsMin = 200;  // 200 x 16 px: less than six ridges square

float Percentile(const cv::Mat1f& values, double share) {
  std::vector<float> sorted(values.begin(), values.end());
  const auto at =
      sorted.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(sorted.size() - 1) * share);
  std::nth_element(sorted.begin(), at, sorted.end());
  return *at;
}

void Morph(cv::Mat1b& mask, int operation, int cells) {
  const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {cells, cells});
  cv::morphologyEx(mask, mask, operation, disc, {-1, -1}, 1, cv::BORDER_REPLICATE);
}

void RemoveIslands(cv::Mat1b& mask) {
  cv::Mat1i labels, stats;
  cv::Mat1d centres;
  const int n = cv::connectedComponentsWithStats(mask, labels, stats, centres, 8);
  for (int i = 1; i < n; ++i) {
    if (stats(i, cv::CC_STAT_AREA) < kIslandCellsMin) mask.setTo(0, labels == i);
  }
}

Segmentation FromCells(const cv::Mat1b& cells, cv::Size full) {
  Segmentation out;
  cv::resize(cells, out.mask, full, 0, 0, cv::INTER_NEAREST);
  // One ring of background, so that the picture's edge counts as the finger's.
  cv::Mat1b ringed;
  cv::copyMakeBorder(out.mask, ringed, 1, 1, 1, 1, cv::BORDER_CONSTANT, 0);
  cv::Mat1f depth;
  cv::distanceTransform(ringed, depth, cv::DIST_L2, 3);
  out.depth_px = depth(cv::Rect(1, 1, out.mask.cols, out.mask.rows)).clone();
  out.area_share =
      static_cast<double>(cv::countNonZero(out.mask)) / static_cast<double>(out.mask.total());
  return out;
}

}  // namespace

Segmentation SegmentFinger(const cv::Mat1f& deviation, const OrientationField& orientation) {
  cv::Mat1f cells;
  cv::resize(deviation, cells, orientation.cos2.size(), 0, 0, cv::INTER_AREA);
  cv::Mat1f coherence;
  cv::magnitude(orientation.cos2, orientation.sin2, coherence);
  const float strong = Percentile(cells, 0.9);
  const float least = std::max(kDeviationMinGrey, kDeviationShare * strong);
  cv::Mat1b mask((cells > least) & (coherence > kCoherenceMin));
  Morph(mask, cv::MORPH_CLOSE, kCloseCells);
  Morph(mask, cv::MORPH_OPEN, kOpenCells);
  RemoveIslands(mask);

  return FromCells(mask, deviation.size());
}

Segmentation KeepReliable(const Segmentation& segmentation, const OrientationField& orientation,
                          const cv::Mat1f& reliability) {
  cv::Mat1b mask;
  cv::resize(segmentation.mask, mask, reliability.size(), 0, 0, cv::INTER_NEAREST);
  cv::Mat1f coherence;
  cv::magnitude(orientation.cos2, orientation.sin2, coherence);
  mask &= reliability > kReliabilityMin + kReliabilityByCoherence * coherence;
  Morph(mask, cv::MORPH_OPEN, kOpenCells);
  Morph(mask, cv::MORPH_CLOSE, kCloseCells);
  RemoveIslands(mask);
  return FromCells(mask, segmentation.mask.size());
}

}  // namespace distinct::finger
