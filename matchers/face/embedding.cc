#include "matchers/face/embedding.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "matchers/check.h"
#include "matchers/face/alignment.h"
#include "matchers/status.h"

namespace distinct::face {
namespace {

// The network's own scaling: (value - 127) / 128.
constexpr float kMean = 127;
constexpr float kScale = 128;

float Length(const std::vector<float>& v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0F));
}

}  // namespace

absl::StatusOr<Embedder> Embedder::Create(std::string_view onnx) {
  ASSIGN_OR_RETURN(Network network, Network::Load("embedding", onnx));
  return Embedder(std::move(network));
}

absl::StatusOr<Embedding> Embedder::Embed(const image::BgrImage& aligned) {
  CHECK(aligned.width_px == kAlignedSidePx && aligned.height_px == kAlignedSidePx);
  std::vector<float> planes = ToPlanes(aligned.pixels, 3, false, kMean, kScale);
  std::vector<float> sum(kEmbeddingDimensions, 0);
  Embedding embedding;
  for (const bool mirrored : {false, true}) {
    if (mirrored) {
      for (auto row = planes.begin(); row != planes.end(); row += kAlignedSidePx) {
        std::reverse(row, row + kAlignedSidePx);
      }
    }
    ASSIGN_OR_RETURN(const auto outputs,
                     network_.Run(planes, {3, kAlignedSidePx, kAlignedSidePx}, {"output"}));
    const std::vector<float>& vector = outputs[0];
    const float length = Length(vector);
    if (vector.size() != kEmbeddingDimensions || !(length > 0)) {
      return absl::InternalError("embedding: the network's output is not a vector of 512 numbers");
    }
    for (size_t i = 0; i < vector.size(); ++i) sum[i] += vector[i] / length;
    embedding.norm += length / 2;
  }
  const float length = Length(sum);
  if (!(length > 0)) return absl::InternalError("embedding: the two vectors cancel each other");
  std::transform(sum.begin(), sum.end(), embedding.direction.begin(),
                 [&](float value) { return value / length; });
  return embedding;
}

}  // namespace distinct::face
