// What the networks see of a print: grey at 250 dpi, locally normalised, one byte a pixel; the
// whole of it to find minutiae, and a turned square around each to describe it.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>

#include "matchers/finger/normalisation.h"
#include "matchers/finger/template.h"

namespace distinct::finger {

inline constexpr float kContextScale = 48;  // of the normalised value, [-2.5, 2.5]

// Keeps its scratch pictures: thread-compatible, one an extractor.
class ContextMaker {
 public:
  // `grey` at 500 dpi. Half its sides, rounded down; a pixel centre (x, y) of `grey` lies at
  // ((x + .5) / 2 - .5, (y + .5) / 2 - .5). Flat background is 0. Valid until the next call.
  const cv::Mat_<int8_t>& Make(const cv::Mat1b& grey);

 private:
  cv::Mat1f whole_, half_;
  LocalNormaliser normaliser_;
  cv::Mat_<int8_t> context_;
};

// As the networks' first layers read it: 64 + 25 x the normalised value, [0, 127].
void ToActivations(const int8_t* context, int count, uint8_t* activations);

// side x side samples, `spacing` context pixels apart, around `minutia`, whose direction becomes
// the first axis. Position and direction of `minutia` at 500 dpi. Outside the picture: 0.
void CutSquare(const cv::Mat_<int8_t>& context, const Minutia& minutia, int side, float spacing,
               int8_t* out);

inline constexpr int kPatchSide = 48;
inline constexpr float kPatchSpacing = 1;  // 96 px at 500 dpi: ten ridges
using Patch = std::array<int8_t, static_cast<size_t>(kPatchSide) * kPatchSide>;
Patch CutPatch(const cv::Mat_<int8_t>& context, const Minutia& minutia);

}  // namespace distinct::finger
