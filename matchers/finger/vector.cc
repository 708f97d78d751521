#include "matchers/finger/vector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "matchers/check.h"
#include "matchers/finger/weights.h"
#include "matchers/kernels/convolution_integer.h"

namespace distinct::finger {
namespace {

constexpr int kCodeBits = 128;
constexpr int kWords = 512;
// The extension: a mark of the weights, since another fit makes other vectors of the same codes,
// then the values.
constexpr uint8_t kVectorExtension = 1;
constexpr size_t kMarkBytes = 8;
constexpr size_t kKeptBytes = kMarkBytes + kVectorDimensions;
constexpr float kFloor = 0.2F;  // of a code's nearness to a word: below, it says nothing

// Tells one fit of the weights from another; against nobody's ill will (Fowler, Noll and Vo).
uint64_t Fnv1a(std::string_view bytes) {
  uint64_t mark = 0xCBF29CE484222325u;
  for (const char byte : bytes) mark = (mark ^ static_cast<uint8_t>(byte)) * 0x100000001B3u;
  return mark;
}

// A word's nearness to a code is sum over bits of +-word(bit) = 2 * sum over set bits - sum over
// all. Words are rounded to 8 bits: 3 % of the values of generated prints' vectors move, by 1.
struct VectorNetwork {
  VectorNetwork() {
    WeightReader reader(VectorWeights());
    const std::vector<float> exact = reader.Halves(size_t{kCodeBits} * kWords);  // [bit][word]
    discriminants = reader.Halves(size_t{kWords} * kVectorDimensions);
    offset = reader.Floats(kVectorDimensions);
    CHECK(reader.AtEnd());
    std::vector<int8_t> rounded(exact.size());
    for (size_t w = 0; w < kWords; ++w) {
      float largest = 1e-12F;
      for (size_t at = w; at < exact.size(); at += kWords) {
        largest = std::max(largest, std::abs(exact[at]));
      }
      const float unit = largest / 127;
      int sum = 0;
      for (size_t at = w; at < exact.size(); at += kWords) {
        rounded[at] = static_cast<int8_t>(std::lround(exact[at] / unit));
        sum += rounded[at];
      }
      scale.push_back(2 * unit);
      bias.push_back(-kFloor - unit * static_cast<float>(sum));
    }
    words = kernels::PackWeights(kWindow, rounded);
    const uint64_t hash = Fnv1a(VectorWeights());
    for (int i = 0; i < 8; ++i) mark.push_back(static_cast<char>(hash >> 8 * i));
  }

  static constexpr kernels::Window kWindow = {1, 1, kCodeBits, kWords};
  std::vector<kernels::WeightRow> words;
  std::vector<float> scale, bias;    // [word]
  std::vector<float> discriminants;  // [word][dimension]
  std::vector<float> offset;         // [dimension]
  std::string mark;                  // kMarkBytes
};

const VectorNetwork& Network() {
  static const VectorNetwork kNetwork;
  return kNetwork;
}

// 1 where a bit is set, kCodeBits a minutia.
std::vector<uint8_t> BitsOfCodes(TemplateView view) {
  std::vector<uint8_t> out(static_cast<size_t>(view.count()) * kCodeBits);
  for (int i = 0; i < view.count(); ++i) {
    const Code code = view.code(i);
    uint8_t* row = &out[static_cast<size_t>(i) * kCodeBits];
    for (size_t bit = 0; bit < 64; ++bit) {
      row[bit] = static_cast<uint8_t>(code.low >> bit & 1U);
      row[64 + bit] = static_cast<uint8_t>(code.high >> bit & 1U);
    }
  }
  return out;
}

void ScaleTo(absl::Span<float> values, float length) {
  float square = 1e-12F;
  for (float v : values) square += v * v;
  const float scale = length / std::sqrt(square);
  for (float& v : values) v *= scale;
}

// Summed over the minutiae, roots taken, length 1.
std::array<float, kWords> Histogram(TemplateView view) {
  std::array<float, kWords> sum{};
  const std::vector<uint8_t> bits = BitsOfCodes(view);
  std::vector<float> votes(static_cast<size_t>(view.count()) * kWords);
  kernels::ConvolveIntegers({.in = bits.data(),
                             .in_row_bytes = static_cast<int64_t>(bits.size()),
                             .in_pixel_bytes = kCodeBits,
                             .window = VectorNetwork::kWindow,
                             .stride = 1,
                             .weights = Network().words.data(),
                             .scale = Network().scale.data(),
                             .bias = Network().bias.data(),
                             .out_width = view.count(),
                             .out_height = 1,
                             .out_floats = votes.data()});
  for (size_t i = 0; i < static_cast<size_t>(view.count()); ++i) {
    for (size_t w = 0; w < kWords; ++w) sum[w] += std::max(votes[i * kWords + w], 0.0F);
  }
  for (float& v : sum) v = std::sqrt(v);
  ScaleTo(absl::MakeSpan(sum), 1);
  return sum;
}

std::vector<int8_t> MadeOfCodes(TemplateView view) {
  CHECK(view.has_codes());
  const std::array<float, kWords> histogram = Histogram(view);
  std::array<float, kVectorDimensions> vector;
  std::copy_n(Network().offset.begin(), kVectorDimensions, vector.begin());
  for (size_t w = 0; w < kWords; ++w) {
    const float* row = &Network().discriminants[w * kVectorDimensions];
    for (size_t d = 0; d < kVectorDimensions; ++d) vector[d] += histogram[w] * row[d];
  }
  ScaleTo(absl::MakeSpan(vector), kVectorScale);
  std::vector<int8_t> out;
  out.reserve(kVectorDimensions);
  for (float v : vector) out.push_back(static_cast<int8_t>(std::lround(v)));
  return out;
}

}  // namespace

std::vector<int8_t> FingerVector(TemplateView view) {
  const std::string_view kept = view.extension(kVectorExtension);
  if (kept.size() == kKeptBytes && kept.starts_with(Network().mark)) {
    const std::string_view values = kept.substr(kMarkBytes);
    return {values.begin(), values.end()};
  }
  return MadeOfCodes(view);
}

std::string KeepVector(std::string_view bytes) {
  std::string kept = Network().mark;
  const std::vector<int8_t> made = MadeOfCodes(TemplateView(bytes));
  kept.append(made.begin(), made.end());
  return WithExtension(bytes, kVectorExtension, kept);
}

}  // namespace distinct::finger
