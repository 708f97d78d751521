#include "matchers/kernels/convolution_integer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace distinct::kernels {
namespace {

constexpr uint8_t kUntouched = 200;  // no activation

struct Shape {
  int channels_in, channels_out, side, stride, out_width, out_height;
  int gap_in = 0;   // bytes between the input's pixels that belong to other channels
  int gap_out = 0;  // the same of the output
};

constexpr Shape kShapes[] = {
    // The layers of the descriptor network, but for the first, and its linear one.
    {16, 32, 3, 2, 12, 12},
    {32, 48, 3, 1, 12, 12},
    {48, 64, 3, 1, 12, 12},
    {64, 96, 3, 2, 6, 6},
    {96, 128, 3, 1, 6, 6},
    {4608, 128, 1, 1, 45, 1},
    // Odd sizes, strides, channels and tails.
    {4, 1, 1, 1, 1, 1},
    {4, 3, 3, 1, 7, 5},
    {8, 17, 3, 2, 5, 7},
    {12, 70, 3, 1, 13, 2},
    {20, 16, 5, 3, 11, 3},
    {36, 100, 2, 2, 3, 4},
    {16, 24, 3, 1, 200, 3},
    {4, 250, 1, 1, 2, 9},
    // A part of the channels of a wider picture, read and written.
    {16, 32, 3, 1, 9, 4, 48, 0},
    {16, 32, 3, 2, 9, 4, 0, 16},
    {12, 20, 3, 1, 6, 6, 4, 3},
};

// Everything that ConvolveIntegers() reads.
struct Case {
  Case(const Shape& s, std::mt19937& random, bool extreme) : shape(s) {
    in_width = (s.out_width - 1) * s.stride + s.side;
    in_height = (s.out_height - 1) * s.stride + s.side;
    pixel_bytes = s.channels_in + s.gap_in;
    in.resize(static_cast<size_t>(in_width * in_height * pixel_bytes));
    for (uint8_t& v : in) v = static_cast<uint8_t>(extreme ? kActivationMax : random() % 128);
    weights.resize(static_cast<size_t>(s.side * s.side * s.channels_in * s.channels_out));
    for (int8_t& v : weights) {
      const int drawn = static_cast<int>(random() % 255) - 127;
      v = static_cast<int8_t>(extreme ? (drawn < 0 ? -127 : 127) : drawn);
    }
    // Sums are spread over 0..127 and beyond both ends; 1/2 and 1/4 let sums fall between two.
    const float spread = 127 * 36 * std::sqrt(static_cast<float>(s.side * s.side * s.channels_in));
    for (int o = 0; o < (s.channels_out + 15) / 16 * 16; ++o) {
      const float drawn = 60 / spread * (0.5F + static_cast<float>(random() % 1000) / 1000);
      scale.push_back(o % 8 == 0 ? std::exp2(std::round(std::log2(drawn))) : drawn);
      bias.push_back(static_cast<float>(random() % 256) / 2);
    }
  }

  int32_t Sum(int x, int y, int o) const {
    int64_t sum = 0;
    for (int i = 0; i < shape.side; ++i) {
      for (int j = 0; j < shape.side; ++j) {
        for (int c = 0; c < shape.channels_in; ++c) {
          const int pixel = (y * shape.stride + i) * in_width + x * shape.stride + j;
          const int tap = (i * shape.side + j) * shape.channels_in + c;
          sum += in[static_cast<size_t>(pixel * pixel_bytes + c)] *
                 weights[static_cast<size_t>(tap * shape.channels_out + o)];
        }
      }
    }
    return static_cast<int32_t>(sum);
  }

  float Value(int x, int y, int o) const {
    const auto channel = static_cast<size_t>(o);
    return std::fma(static_cast<float>(Sum(x, y, o)), scale[channel], bias[channel]);
  }

  Shape shape;
  int in_width, in_height, pixel_bytes;
  std::vector<uint8_t> in;
  std::vector<int8_t> weights;
  std::vector<float> scale, bias;
};

IntegerConvolution TaskOf(const Case& c, const Window& window, const std::vector<WeightRow>& rows) {
  return {.in = c.in.data(),
          .in_row_bytes = int64_t{c.in_width} * c.pixel_bytes,
          .in_pixel_bytes = c.pixel_bytes,
          .window = window,
          .stride = c.shape.stride,
          .weights = rows.data(),
          .scale = c.scale.data(),
          .bias = c.bias.data(),
          .out_width = c.shape.out_width,
          .out_height = c.shape.out_height};
}

class IntegerConvolutionLevel : public ::testing::TestWithParam<CpuLevel> {
 protected:
  // To bytes, every one of them, with `gap_out` bytes between the pixels left alone.
  void CheckBytes(const Case& c) {
    const Shape& s = c.shape;
    const Window window = {s.side, s.side, s.channels_in, s.channels_out};
    const auto rows = PackWeights(window, c.weights);
    const int out_pixel = s.channels_out + s.gap_out;
    std::vector<uint8_t> got(static_cast<size_t>(s.out_width * s.out_height * out_pixel),
                             kUntouched);
    IntegerConvolution task = TaskOf(c, window, rows);
    task.out = got.data();
    task.out_row_bytes = int64_t{s.out_width} * out_pixel;
    task.out_pixel_bytes = out_pixel;
    ConvolveIntegersAt(GetParam(), task);
    size_t at = 0;
    for (int y = 0; y < s.out_height; ++y) {
      for (int x = 0; x < s.out_width; ++x) {
        for (int o = 0; o < s.channels_out; ++o, ++at) {
          const float rounded = std::nearbyint(c.Value(x, y, o));
          ASSERT_EQ(got[at], std::clamp(rounded, 0.0F, 127.0F)) << x << ", " << y << ", " << o;
        }
        for (int gap = 0; gap < s.gap_out; ++gap, ++at) ASSERT_EQ(got[at], kUntouched);
      }
    }
  }

  void CheckFloats(const Case& c) {
    const Shape& s = c.shape;
    const Window window = {s.side, s.side, s.channels_in, s.channels_out};
    const auto rows = PackWeights(window, c.weights);
    std::vector<float> got(static_cast<size_t>(s.out_width * s.out_height * s.channels_out) + 1);
    got.back() = kUntouched;
    IntegerConvolution task = TaskOf(c, window, rows);
    task.out_floats = got.data();
    ConvolveIntegersAt(GetParam(), task);
    size_t at = 0;
    for (int y = 0; y < s.out_height; ++y) {
      for (int x = 0; x < s.out_width; ++x) {
        for (int o = 0; o < s.channels_out; ++o, ++at) {
          ASSERT_EQ(got[at], c.Value(x, y, o)) << x << ", " << y << ", " << o;
        }
      }
    }
    EXPECT_EQ(got.back(), kUntouched);
  }
};

TEST_P(IntegerConvolutionLevel, EqualsItsFormulaToTheBit) {
  RecordProperty("cpu_level", std::string(CpuLevelName(GetParam())));
  std::mt19937 random(17);
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(::testing::Message() << shape.channels_in << " to " << shape.channels_out);
    CheckBytes(Case(shape, random, false));
    CheckFloats(Case(shape, random, false));
  }
}

TEST_P(IntegerConvolutionLevel, IsExactWhereEveryNumberIsLargest) {
  std::mt19937 random(18);
  for (const Shape& shape : {kShapes[0], kShapes[5]}) {
    Case c(shape, random, true);
    CheckBytes(c);
    CheckFloats(c);
    std::fill(c.weights.begin(), c.weights.end(), int8_t{127});
    CheckFloats(c);
    std::fill(c.weights.begin(), c.weights.end(), int8_t{-127});
    CheckFloats(c);
  }
}

// A picture of one channel: five pixels side by side are eight channels, of which three weigh 0.
TEST_P(IntegerConvolutionLevel, TakesARowOfTheWindowAsChannels) {
  std::mt19937 random(19);
  Case c({1, 16, 5, 2, 24, 24}, random, false);
  const Window window = {.rows = 5, .columns = 1, .channels_in = 8, .channels_out = 16};
  std::vector<int8_t> weights(5 * 8 * 16, 0);
  for (size_t i = 0; i < 5; ++i) {
    std::copy_n(&c.weights[i * 5 * 16], 5 * 16, &weights[i * 8 * 16]);
  }
  const auto rows = PackWeights(window, weights);
  c.in.resize(c.in.size() + 3);  // read, but without weight
  std::vector<float> got(24 * 24 * 16);
  IntegerConvolution task = TaskOf(c, window, rows);
  task.out_floats = got.data();
  ConvolveIntegersAt(GetParam(), task);
  for (int at = 0; at < 24 * 24 * 16; ++at) {
    ASSERT_EQ(got[static_cast<size_t>(at)], c.Value(at / 16 % 24, at / 16 / 24, at % 16)) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryLevel, IntegerConvolutionLevel,
                         ::testing::ValuesIn(SupportedLevels()),
                         [](const auto& level) { return std::string(CpuLevelName(level.param)); });

}  // namespace
}  // namespace distinct::kernels
