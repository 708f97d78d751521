#include "matchers/finger/vector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "matchers/check.h"
#include "matchers/finger/weights.h"
#include "matchers/kernels/convolution.h"

namespace distinct::finger {
namespace {

constexpr int kCodeBits = 128;
constexpr int kWords = 512;
constexpr float kFloor = 0.2F;  // of a code's nearness to a word: below, it says nothing

struct VectorNetwork {
  VectorNetwork() {
    WeightReader reader(VectorWeights());
    words = reader.Halves(size_t{kCodeBits} * kWords);
    discriminants = reader.Halves(size_t{kWords} * kVectorDimensions);
    offset = reader.Floats(kVectorDimensions);
    CHECK(reader.AtEnd());
    floor.assign(kWords, -kFloor);
  }

  std::vector<float> words;          // [code bit][word]
  std::vector<float> floor;          // [word]
  std::vector<float> discriminants;  // [word][dimension]
  std::vector<float> offset;         // [dimension]
};

const VectorNetwork& Network() {
  static const VectorNetwork kNetwork;
  return kNetwork;
}

// +1 and -1, kCodeBits a minutia; rows of zeros fill up what the kernel takes together.
std::vector<float> SignsOfCodes(TemplateView view, int rows) {
  std::vector<float> out(static_cast<size_t>(rows) * kCodeBits, 0.0F);
  for (int i = 0; i < view.count(); ++i) {
    const Code code = view.code(i);
    float* row = &out[static_cast<size_t>(i) * kCodeBits];
    for (size_t bit = 0; bit < 64; ++bit) {
      row[bit] = (code.low >> bit & 1U) != 0 ? 1.0F : -1.0F;
      row[64 + bit] = (code.high >> bit & 1U) != 0 ? 1.0F : -1.0F;
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
  constexpr int kTogether = kernels::kConvolutionPixels;
  const int rows = (view.count() + kTogether - 1) / kTogether * kTogether;
  const std::vector<float> signs = SignsOfCodes(view, rows);
  std::vector<float> votes(static_cast<size_t>(rows) * kWords);
  kernels::Convolve({.in = signs.data(),
                     .in_row_floats = static_cast<int64_t>(signs.size()),
                     .channels_in = kCodeBits,
                     .weights = Network().words.data(),
                     .bias = Network().floor.data(),
                     .channels_out = kWords,
                     .side = 1,
                     .stride = 1,
                     .out_width = rows,
                     .out_height = 1,
                     .out = votes.data(),
                     .out_row_floats = static_cast<int64_t>(votes.size()),
                     .rectify = true});
  std::array<float, kWords> sum{};
  for (size_t i = 0; i < static_cast<size_t>(view.count()); ++i) {
    for (size_t w = 0; w < kWords; ++w) sum[w] += votes[i * kWords + w];
  }
  for (float& v : sum) v = std::sqrt(v);
  ScaleTo(absl::MakeSpan(sum), 1);
  return sum;
}

}  // namespace

std::vector<int8_t> FingerVector(TemplateView view) {
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

}  // namespace distinct::finger
