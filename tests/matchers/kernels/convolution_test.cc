#include "matchers/kernels/convolution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace distinct::kernels {
namespace {

struct Shape {
  int channels_in, channels_out, side, stride, out_side;
  bool rectify;
};

// The layers of the descriptor network and a linear one.
constexpr Shape kShapes[] = {{1, 16, 5, 2, 24, true},  {16, 32, 3, 2, 12, true},
                             {32, 48, 3, 1, 12, true}, {64, 96, 3, 2, 6, true},
                             {96, 128, 3, 1, 6, true}, {200, 128, 1, 1, 6, false}};

class ConvolutionLevel : public ::testing::TestWithParam<CpuLevel> {};

void CheckShape(CpuLevel level, const Shape& shape) {
  std::mt19937 random(17);
  std::normal_distribution<float> normal;
  const int in_side = (shape.out_side - 1) * shape.stride + shape.side;
  const auto drawn = [&](int count) {
    std::vector<float> out(static_cast<size_t>(count));
    for (float& v : out) v = normal(random);
    return out;
  };
  const std::vector<float> in = drawn(in_side * in_side * shape.channels_in);
  const std::vector<float> weights =
      drawn(shape.side * shape.side * shape.channels_in * shape.channels_out);
  const std::vector<float> bias = drawn(shape.channels_out);
  std::vector<float> got(static_cast<size_t>(shape.out_side * shape.out_side * shape.channels_out));
  ConvolveAt(level, {.in = in.data(),
                     .in_row_floats = int64_t{in_side} * shape.channels_in,
                     .channels_in = shape.channels_in,
                     .weights = weights.data(),
                     .bias = bias.data(),
                     .channels_out = shape.channels_out,
                     .side = shape.side,
                     .stride = shape.stride,
                     .out_width = shape.out_side,
                     .out_height = shape.out_side,
                     .out = got.data(),
                     .out_row_floats = int64_t{shape.out_side} * shape.channels_out,
                     .rectify = shape.rectify});
  for (int at = 0; at < static_cast<int>(got.size()); ++at) {
    const int o = at % shape.channels_out;
    const int x = at / shape.channels_out % shape.out_side;
    const int y = at / shape.channels_out / shape.out_side;
    double want = bias[static_cast<size_t>(o)];
    double magnitude = 1;
    for (int i = 0; i < shape.side; ++i) {
      for (int j = 0; j < shape.side; ++j) {
        for (int c = 0; c < shape.channels_in; ++c) {
          const int pixel = (y * shape.stride + i) * in_side + x * shape.stride + j;
          const int tap = (i * shape.side + j) * shape.channels_in + c;
          const double product = double{in[static_cast<size_t>(pixel * shape.channels_in + c)]} *
                                 weights[static_cast<size_t>(tap * shape.channels_out + o)];
          want += product;
          magnitude += std::fabs(product);
        }
      }
    }
    if (shape.rectify) want = std::max(want, 0.0);
    ASSERT_NEAR(got[static_cast<size_t>(at)], want, 1e-6 * magnitude)
        << x << ", " << y << ", " << o;
  }
}

TEST_P(ConvolutionLevel, EqualsItsFormulaForEveryLayer) {
  RecordProperty("cpu_level", std::string(CpuLevelName(GetParam())));
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.channels_in);
    CheckShape(GetParam(), shape);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryLevel, ConvolutionLevel, ::testing::ValuesIn(SupportedLevels()),
                         [](const auto& level) { return std::string(CpuLevelName(level.param)); });

}  // namespace
}  // namespace distinct::kernels
