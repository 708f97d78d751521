#include "matchers/finger/quantised_network.h"

#include <algorithm>
#include <utility>

#include "matchers/check.h"
#include "matchers/finger/weights.h"

namespace distinct::finger {
namespace {

constexpr uint32_t kSizeMax = 1 << 13;  // of anything in a layer's shape: larger is no file of ours

// A layer as the file has it.
struct StoredLayer {
  LayerShape shape;
  float input_scale = 0;
  std::vector<int8_t> weights;
  std::vector<float> weight_scale, bias;
};

size_t Index(int value) { return static_cast<size_t>(value); }

int ReadSize(WeightReader& reader) {
  const uint32_t size = reader.Word();
  CHECK(size > 0 && size <= kSizeMax);
  return static_cast<int>(size);
}

StoredLayer ReadLayer(WeightReader& reader) {
  StoredLayer layer;
  LayerShape& shape = layer.shape;
  shape.inputs = ReadSize(reader);
  shape.outputs = ReadSize(reader);
  shape.side = ReadSize(reader);
  shape.stride = ReadSize(reader);
  layer.input_scale = reader.Floats(1)[0];
  CHECK(layer.input_scale > 0);
  const size_t outputs = Index(shape.outputs);
  layer.weights = reader.Bytes(outputs * Index(shape.inputs) * Index(shape.side * shape.side));
  CHECK(std::find(layer.weights.begin(), layer.weights.end(), -128) == layer.weights.end());
  layer.weight_scale = reader.Floats(outputs);
  layer.bias = reader.Floats(outputs);
  return layer;
}

std::vector<StoredLayer> ReadLayers(std::string_view bytes) {
  CHECK(bytes.substr(0, 4) == "DQN1");
  WeightReader reader(bytes.substr(4));
  const uint32_t count = reader.Word();
  std::vector<StoredLayer> layers;
  for (uint32_t i = 0; i < count; ++i) layers.push_back(ReadLayer(reader));
  CHECK(reader.AtEnd());
  return layers;
}

// A row of the window is one column of bytes where the inputs do not come in fours.
kernels::Window WindowOf(const LayerShape& shape) {
  kernels::Window window = {shape.side, shape.side, shape.inputs, shape.outputs};
  if (shape.inputs % 4 != 0) {
    window.columns = 1;
    window.channels_in = (shape.side * shape.inputs + 3) / 4 * 4;
  }
  return window;
}

std::vector<kernels::WeightRow> Pack(const StoredLayer& layer, const kernels::Window& window) {
  const auto [inputs, outputs, side, stride] = layer.shape;
  const int row_taps = window.columns * window.channels_in;
  std::vector<int8_t> ordered(Index(side * row_taps) * Index(outputs), 0);
  size_t at = 0;
  for (int o = 0; o < outputs; ++o) {
    for (int c = 0; c < inputs; ++c) {
      for (int i = 0; i < side; ++i) {
        for (int j = 0; j < side; ++j, ++at) {
          ordered[Index(i * row_taps + j * inputs + c) * Index(outputs) + Index(o)] =
              layer.weights[at];
        }
      }
    }
  }
  return kernels::PackWeights(window, ordered);
}

}  // namespace

QuantisedPicture::QuantisedPicture(int width_px, int height_px, int channels, int border_px,
                                   uint8_t zero)
    : width_px_(width_px), height_px_(height_px), channels_(channels), border_px_(border_px) {
  constexpr size_t kReadBeyond = 3;  // by a layer whose inputs do not come in fours
  const size_t pixels = Index(width_px + 2 * border_px) * Index(height_px + 2 * border_px);
  values_.assign(pixels * Index(channels) + kReadBeyond, zero);
}

PictureView QuantisedPicture::Channels(int first, int count) {
  CHECK(first >= 0 && first + count <= channels_);
  const int64_t row_bytes = int64_t{width_px_ + 2 * border_px_} * channels_;
  return {.origin = values_.data() + border_px_ * (row_bytes + channels_) + first,
          .width_px = width_px_,
          .height_px = height_px_,
          .channels = count,
          .border_px = border_px_,
          .row_bytes = row_bytes,
          .pixel_bytes = channels_};
}

QuantisedNetwork::QuantisedNetwork(std::string_view bytes, absl::Span<const int> readers) {
  const std::vector<StoredLayer> stored = ReadLayers(bytes);
  CHECK(readers.empty() || readers.size() == stored.size());
  for (size_t i = 0; i < stored.size(); ++i) {
    const bool last = i + 1 == stored.size();
    const int next = last ? kCaller : static_cast<int>(i) + 1;
    const int reader = readers.empty() ? next : readers[i];
    CHECK(reader == kCaller || Index(reader) < stored.size());
    const double unit = reader == kCaller ? 1 : stored[Index(reader)].input_scale;
    const size_t outputs = Index(stored[i].shape.outputs);
    Layer& layer = layers_.emplace_back();
    layer.shape = stored[i].shape;
    layer.window = WindowOf(layer.shape);
    layer.weights = Pack(stored[i], layer.window);
    layer.caller_reads = reader == kCaller;
    layer.scale.assign((outputs + 15) / 16 * 16, 0);
    layer.bias = layer.scale;
    const size_t taps = stored[i].weights.size() / outputs;
    for (size_t o = 0; o < outputs; ++o) {
      const double scale = double{stored[i].input_scale} * stored[i].weight_scale[o];
      double bias = stored[i].bias[o];
      if (i == 0) {
        int sum = 0;
        for (size_t k = 0; k < taps; ++k) sum += stored[i].weights[o * taps + k];
        bias -= kSignedZero * sum * scale;
      }
      layer.scale[o] = static_cast<float>(scale / unit);
      layer.bias[o] = static_cast<float>(bias / unit);
    }
  }
}

kernels::IntegerConvolution QuantisedNetwork::Task(const Layer& layer,
                                                   const PictureView& in) const {
  const LayerShape& shape = layer.shape;
  CHECK(in.channels == shape.inputs);
  CHECK(in.border_px >= shape.side / 2);
  CHECK(shape.inputs % 4 == 0 || in.pixel_bytes == shape.inputs);
  return {.in = in.origin - shape.side / 2 * (in.row_bytes + in.pixel_bytes),
          .in_row_bytes = in.row_bytes,
          .in_pixel_bytes = in.pixel_bytes,
          .window = layer.window,
          .stride = shape.stride,
          .weights = layer.weights.data(),
          .scale = layer.scale.data(),
          .bias = layer.bias.data(),
          .out_width = (in.width_px + shape.stride - 1) / shape.stride,
          .out_height = (in.height_px + shape.stride - 1) / shape.stride};
}

void QuantisedNetwork::Convolve(size_t layer, const PictureView& in, const PictureView& out) const {
  kernels::IntegerConvolution task = Task(layers_[layer], in);
  CHECK(!layers_[layer].caller_reads);
  CHECK(out.width_px == task.out_width && out.height_px == task.out_height);
  CHECK(out.channels == layers_[layer].shape.outputs);
  task.out = out.origin;
  task.out_row_bytes = out.row_bytes;
  task.out_pixel_bytes = out.pixel_bytes;
  kernels::ConvolveIntegers(task);
}

void QuantisedNetwork::ConvolveToFloats(size_t layer, const PictureView& in,
                                        absl::Span<float> out) const {
  kernels::IntegerConvolution task = Task(layers_[layer], in);
  CHECK(layers_[layer].caller_reads);
  CHECK(out.size() == Index(task.out_width * task.out_height) * Index(shape(layer).outputs));
  task.out_floats = out.data();
  kernels::ConvolveIntegers(task);
}

void QuantisedNetwork::Connect(size_t layer, absl::Span<const uint8_t> in,
                               absl::Span<float> out) const {
  const LayerShape& shape = layers_[layer].shape;
  const int taps = shape.side * shape.side * shape.inputs;
  const size_t pictures = in.size() / Index(taps);
  CHECK(layers_[layer].caller_reads && taps % 4 == 0 && shape.inputs % 4 == 0);
  CHECK(in.size() == pictures * Index(taps));
  CHECK(out.size() == pictures * Index(shape.outputs));
  kernels::ConvolveIntegers({.in = in.data(),
                             .in_row_bytes = static_cast<int64_t>(in.size()),
                             .in_pixel_bytes = taps,
                             .window = {1, 1, taps, shape.outputs},
                             .stride = 1,
                             .weights = layers_[layer].weights.data(),
                             .scale = layers_[layer].scale.data(),
                             .bias = layers_[layer].bias.data(),
                             .out_width = static_cast<int>(pictures),
                             .out_height = 1,
                             .out_floats = out.data()});
}

}  // namespace distinct::finger
