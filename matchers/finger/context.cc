#include "matchers/finger/context.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "matchers/finger/quantised_network.h"

namespace distinct::finger {
namespace {

constexpr int kRadiusPx = 6;  // at 250 dpi: two boxes of 13 px, a little over two ridge periods

std::array<uint8_t, 256> MakeActivations() {
  constexpr double kActivationsPerUnit = 25;  // the networks' input scale is 1/25
  std::array<uint8_t, 256> out{};
  for (int v = -128; v < 128; ++v) {
    const auto q = kSignedZero + std::lrint(v * kActivationsPerUnit / kContextScale);
    out[static_cast<uint8_t>(v)] =
        static_cast<uint8_t>(std::clamp<int64_t>(q, 0, kernels::kActivationMax));
  }
  return out;
}

}  // namespace

const cv::Mat_<int8_t>& ContextMaker::Make(const cv::Mat1b& grey) {
  // The area's mean is exact in 2 x 2 blocks; kept in floats, since 8 bits would lose faint ridges.
  grey.convertTo(whole_, CV_32F);
  const cv::Size size(grey.cols / 2, grey.rows / 2);
  cv::resize(whole_(cv::Rect({0, 0}, size * 2)), half_, size, 0, 0, cv::INTER_AREA);
  normaliser_.Normalise(half_, kRadiusPx).convertTo(context_, CV_8S, kContextScale);
  return context_;
}

void ToActivations(const int8_t* context, int count, uint8_t* activations) {
  static const std::array<uint8_t, 256> kActivations = MakeActivations();
  for (int i = 0; i < count; ++i) activations[i] = kActivations[static_cast<uint8_t>(context[i])];
}

void CutSquare(const cv::Mat_<int8_t>& context, const Minutia& minutia, int side, float spacing,
               int8_t* out) {
  const float x = (minutia.x_px + 0.5F) / 2 - 0.5F;
  const float y = (minutia.y_px + 0.5F) / 2 - 0.5F;
  const float c = std::cos(minutia.direction_rad);
  const float s = std::sin(minutia.direction_rad);
  const auto right = static_cast<float>(context.cols - 1);
  const auto bottom = static_cast<float>(context.rows - 1);
  const float middle = static_cast<float>(side - 1) / 2.0F;
  std::fill_n(out, static_cast<size_t>(side) * static_cast<size_t>(side), int8_t{0});
  for (int j = 0; j < side; ++j) {
    const float v = (static_cast<float>(j) - middle) * spacing;
    for (int i = 0; i < side; ++i) {
      const float u = (static_cast<float>(i) - middle) * spacing;
      const float px = x + c * u + s * v;  // image y runs down
      const float py = y - s * u + c * v;
      if (px < 0 || py < 0 || px >= right || py >= bottom) continue;
      const int ix = static_cast<int>(px);
      const int iy = static_cast<int>(py);
      const float fx = px - static_cast<float>(ix);
      const float fy = py - static_cast<float>(iy);
      const int8_t* top = context.ptr<int8_t>(iy) + ix;
      const int8_t* below = context.ptr<int8_t>(iy + 1) + ix;
      const float above = static_cast<float>(top[0]) * (1 - fx) + static_cast<float>(top[1]) * fx;
      const float under =
          static_cast<float>(below[0]) * (1 - fx) + static_cast<float>(below[1]) * fx;
      out[j * side + i] = static_cast<int8_t>(std::lround(above * (1 - fy) + under * fy));
    }
  }
}

Patch CutPatch(const cv::Mat_<int8_t>& context, const Minutia& minutia) {
  Patch out;
  CutSquare(context, minutia, kPatchSide, kPatchSpacing, out.data());
  return out;
}

}  // namespace distinct::finger
