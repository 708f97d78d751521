#include <algorithm>
#include <cmath>

#include "matchers/finger/context.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/true_minutiae.h"
#include "tools/training/training_data.h"

namespace distinct::training {
namespace {

using synthesis::kImpressionHeightPx;
using synthesis::kImpressionWidthPx;

constexpr int kWidth = kImpressionWidthPx / 2;  // at 250 dpi
constexpr int kHeight = kImpressionHeightPx / 2;

int8_t RidgeAt(const synthesis::Master& master, synthesis::Place place) {
  const int x =
      std::clamp(static_cast<int>(std::lround(place.x_px)), 0, synthesis::kMasterWidthPx - 1);
  const int y =
      std::clamp(static_cast<int>(std::lround(place.y_px)), 0, synthesis::kMasterHeightPx - 1);
  return master.ridges[static_cast<size_t>(y * synthesis::kMasterWidthPx + x)];
}

void PutImpression(const synthesis::Master& master, const synthesis::Impression& impression,
                   const std::vector<synthesis::TrueMinutia>& truth, std::string& out) {
  const cv::Mat1b grey(kImpressionHeightPx, kImpressionWidthPx,
                       const_cast<uint8_t*>(impression.grey.data()));
  finger::ContextMaker maker;
  const cv::Mat_<int8_t>& context = maker.Make(grey);
  cv::Mat_<int8_t> ridge(kHeight, kWidth);
  cv::Mat1b mask(kHeight, kWidth);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const auto px = static_cast<float>(2 * x) + 0.5F;
      const auto py = static_cast<float>(2 * y) + 0.5F;
      const uint8_t* touch =
          &impression.contact[static_cast<size_t>(2 * y * kImpressionWidthPx + 2 * x)];
      mask(y, x) = static_cast<uint8_t>(
          (touch[0] + touch[1] + touch[kImpressionWidthPx] + touch[kImpressionWidthPx + 1]) / 4);
      ridge(y, x) = RidgeAt(master, impression.pose.ToMaster({px, py}));
    }
  }
  Put(out, context.ptr<int8_t>(), context.total());
  Put(out, ridge.ptr<int8_t>(), ridge.total());
  Put(out, mask.ptr<uint8_t>(), mask.total());
  const auto visible = synthesis::VisibleMinutiae(truth, impression);
  const auto count = static_cast<uint32_t>(visible.size());
  Put(out, &count, 1);
  for (const synthesis::VisibleMinutia& v : visible) {
    const float values[4] = {v.minutia.place.x_px, v.minutia.place.y_px, v.minutia.direction_rad,
                             static_cast<float>(v.minutia.type)};
    Put(out, values, 4);
  }
}

}  // namespace

std::string PicturesOfFinger(const Options& options, const synthesis::Master& master) {
  const std::vector<synthesis::TrueMinutia> truth = synthesis::TrueMinutiae(master);
  std::string out;
  for (uint32_t i = 0; i < options.impressions; ++i) {
    PutImpression(master, synthesis::MakeImpression(master, i, {SeverityOf(i)}), truth, out);
  }
  return out;
}

}  // namespace distinct::training
