#include "matchers/finger/quantised_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace distinct::finger {
namespace {

size_t Index(int value) { return static_cast<size_t>(value); }

// A layer of a file, and what it means in real numbers.
struct TestLayer {
  LayerShape shape;
  float input_scale = 1;
  std::vector<int8_t> weights;  // [output][input][row][column]
  std::vector<float> weight_scale, bias;

  double Weight(int o, int c, int i, int j) const {
    const int at = ((o * shape.inputs + c) * shape.side + i) * shape.side + j;
    return double{weight_scale[Index(o)]} * weights[Index(at)];
  }
};

TestLayer MakeLayer(const LayerShape& shape, float input_scale, std::mt19937& random) {
  TestLayer layer;
  layer.shape = shape;
  layer.input_scale = input_scale;
  const int taps = shape.inputs * shape.side * shape.side;
  for (int k = 0; k < shape.outputs * taps; ++k) {
    layer.weights.push_back(static_cast<int8_t>(static_cast<int>(random() % 255) - 127));
  }
  std::uniform_real_distribution<float> uniform(0.5F, 1.5F);
  for (int o = 0; o < shape.outputs; ++o) {
    layer.weight_scale.push_back(uniform(random) / 80 / std::sqrt(static_cast<float>(taps)));
    layer.bias.push_back(uniform(random) - 0.8F);
  }
  return layer;
}

template <typename T>
void Put(std::string& out, const T* values, size_t count) {
  out.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

std::string FileOf(const std::vector<TestLayer>& layers) {
  std::string out = "DQN1";
  const auto count = static_cast<uint32_t>(layers.size());
  Put(out, &count, 1);
  for (const TestLayer& layer : layers) {
    Put(out, &layer.shape, 1);  // four numbers in the file's order
    Put(out, &layer.input_scale, 1);
    Put(out, layer.weights.data(), layer.weights.size());
    Put(out, layer.weight_scale.data(), layer.weight_scale.size());
    Put(out, layer.bias.data(), layer.bias.size());
  }
  return out;
}

void Draw(const PictureView& view, std::mt19937& random) {
  for (int y = 0; y < view.height_px; ++y) {
    for (int x = 0; x < view.width_px; ++x) {
      uint8_t* pixel = view.origin + y * view.row_bytes + x * view.pixel_bytes;
      for (int c = 0; c < view.channels; ++c) pixel[c] = static_cast<uint8_t>(random() % 128);
    }
  }
}

int At(const PictureView& view, int x, int y, int c) {
  return view.origin[y * view.row_bytes + x * view.pixel_bytes + c];
}

// The layer's answer in real numbers: zeros beyond the edges; `zero` is what stands for 0.
double Real(const TestLayer& layer, const PictureView& in, int zero, int x, int y, int o) {
  const auto [inputs, outputs, side, stride] = layer.shape;
  double sum = layer.bias[Index(o)];
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) {
      const int px = x * stride + j - side / 2;
      const int py = y * stride + i - side / 2;
      if (px < 0 || py < 0 || px >= in.width_px || py >= in.height_px) continue;
      for (int c = 0; c < inputs; ++c) {
        const double value = double{layer.input_scale} * (At(in, px, py, c) - zero);
        sum += value * layer.Weight(o, c, i, j);
      }
    }
  }
  return sum;
}

// Each activation of `out` is the nearest to the real answer, in the reader's units.
void ExpectNearest(const TestLayer& layer, const PictureView& in, int zero, float unit,
                   const PictureView& out) {
  for (int y = 0; y < out.height_px; ++y) {
    for (int x = 0; x < out.width_px; ++x) {
      for (int o = 0; o < layer.shape.outputs; ++o) {
        const double want = std::clamp(Real(layer, in, zero, x, y, o) / unit, 0.0, 127.0);
        ASSERT_NEAR(At(out, x, y, o), want, 0.5001) << x << ", " << y << ", " << o;
      }
    }
  }
}

// grey -> 0 -> 1 (half the size) -> 2 -> floats, which reads 1's answer and, twice as large and
// beside it, 0's: as in a network with a skip connection.
TEST(QuantisedNetwork, EveryLayerRoundsItsRealAnswer) {
  std::mt19937 random(5);
  const std::vector<TestLayer> layers = {MakeLayer({1, 16, 5, 1}, 0.04F, random),
                                         MakeLayer({16, 24, 3, 2}, 0.02F, random),
                                         MakeLayer({40, 7, 3, 1}, 0.02F, random)};
  const QuantisedNetwork network(FileOf(layers));
  ASSERT_EQ(network.size(), 3);
  constexpr int kWidth = 21;
  constexpr int kHeight = 14;
  QuantisedPicture grey(kWidth, kHeight, 1, 2, kSignedZero);
  QuantisedPicture small((kWidth + 1) / 2, kHeight / 2, 24, 0, 0);
  QuantisedPicture joined(kWidth, kHeight, 40, 1, 0);
  const PictureView upper = joined.Channels(0, 24);
  const PictureView skipped = joined.Channels(24, 16);
  Draw(grey.view(), random);

  network.Convolve(0, grey.view(), skipped);
  ExpectNearest(layers[0], grey.view(), kSignedZero, 0.02F, skipped);
  network.Convolve(1, skipped, small.view());
  ExpectNearest(layers[1], skipped, 0, 0.02F, small.view());
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < 24; ++c) {
        upper.origin[y * upper.row_bytes + x * upper.pixel_bytes + c] =
            static_cast<uint8_t>(At(small.view(), x / 2, y / 2, c));
      }
    }
  }
  std::vector<float> floats(Index(kWidth * kHeight * 7));
  network.ConvolveToFloats(2, joined.view(), absl::MakeSpan(floats));
  for (int at = 0; at < kWidth * kHeight * 7; ++at) {
    const int x = at / 7 % kWidth;
    const int y = at / 7 / kWidth;
    ASSERT_NEAR(floats[Index(at)], Real(layers[2], joined.view(), 0, x, y, at % 7), 1e-5) << at;
  }
}

TEST(QuantisedNetwork, TwoHeadsAnswerInRealNumbers) {
  std::mt19937 random(6);
  const std::vector<TestLayer> layers = {MakeLayer({1, 8, 3, 1}, 0.04F, random),
                                         MakeLayer({8, 2, 1, 1}, 0.03F, random),
                                         MakeLayer({8, 3, 3, 1}, 0.03F, random)};
  const std::vector<int> readers = {2, QuantisedNetwork::kCaller, QuantisedNetwork::kCaller};
  const QuantisedNetwork network(FileOf(layers), readers);
  QuantisedPicture grey(9, 9, 1, 1, kSignedZero);
  QuantisedPicture trunk(9, 9, 8, 1, 0);
  Draw(grey.view(), random);
  network.Convolve(0, grey.view(), trunk.view());
  for (const size_t head : {1U, 2U}) {
    const int outputs = network.shape(head).outputs;
    std::vector<float> floats(Index(81 * outputs));
    network.ConvolveToFloats(head, trunk.view(), absl::MakeSpan(floats));
    for (int at = 0; at < 81 * outputs; ++at) {
      const int pixel = at / outputs;
      const double want = Real(layers[head], trunk.view(), 0, pixel % 9, pixel / 9, at % outputs);
      ASSERT_NEAR(floats[Index(at)], want, 1e-5) << head << ", " << at;
    }
  }
}

TEST(QuantisedNetwork, ConnectsWholePictures) {
  std::mt19937 random(7);
  const std::vector<TestLayer> layers = {MakeLayer({4, 8, 3, 1}, 0.04F, random),
                                         MakeLayer({8, 20, 6, 1}, 0.02F, random)};
  const QuantisedNetwork network(FileOf(layers));
  constexpr size_t kPictures = 11;
  std::vector<uint8_t> in(kPictures * 6 * 6 * 8);
  for (uint8_t& v : in) v = static_cast<uint8_t>(random() % 128);
  std::vector<float> out(kPictures * 20);
  network.Connect(1, in, absl::MakeSpan(out));
  for (size_t picture = 0; picture < kPictures; ++picture) {
    for (int o = 0; o < 20; ++o) {
      double want = layers[1].bias[Index(o)];
      for (int k = 0; k < 6 * 6 * 8; ++k) {
        const double value = 0.02F * in[picture * 6 * 6 * 8 + Index(k)];
        want += value * layers[1].Weight(o, k % 8, k / 8 / 6, k / 8 % 6);
      }
      ASSERT_NEAR(out[picture * 20 + Index(o)], want, 1e-4) << picture << ", " << o;
    }
  }
}

TEST(QuantisedNetworkDeathTest, RefusesFilesThatAreNotOurs) {
  std::mt19937 random(8);
  std::vector<TestLayer> layers = {MakeLayer({1, 8, 3, 1}, 0.04F, random)};
  const std::string file = FileOf(layers);
  EXPECT_DEATH(QuantisedNetwork(file.substr(0, file.size() - 1)), "CHECK");
  EXPECT_DEATH(QuantisedNetwork(file + "x"), "CHECK");
  EXPECT_DEATH(QuantisedNetwork("DQN2" + file.substr(4)), "CHECK");
  layers[0].weights[3] = -128;
  EXPECT_DEATH(QuantisedNetwork(FileOf(layers)), "CHECK");
  layers[0].weights[3] = 0;
  layers[0].shape.side = 0;
  EXPECT_DEATH(QuantisedNetwork(FileOf(layers)), "CHECK");
}

}  // namespace
}  // namespace distinct::finger
