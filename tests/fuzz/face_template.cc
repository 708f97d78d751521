// Face templates from outside: what passes validation can be read without a surprise.
#include <cmath>
#include <string_view>

#include "matchers/check.h"
#include "matchers/face/template.h"
#include "tests/fuzz/harness.h"

namespace distinct::fuzz {
namespace {

constexpr uint32_t kVersion = 1;

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const int faces : {1, 3}) {
    face::Embedding embedding{};
    for (size_t i = 0; i < embedding.direction.size(); ++i) {
      embedding.direction[i] = static_cast<float>(i % 7) - 3;
    }
    embedding.norm = 11.5F;
    const face::TemplateHead head{.quality = Quality{80}, .faces = faces, .norm = 11.5F};
    seeds.push_back(face::SerialiseTemplate(embedding, head, kVersion));
    CHECK(face::ValidateTemplate(seeds.back(), kVersion).ok());
  }
  return seeds;
}

}  // namespace distinct::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace face = distinct::face;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!face::ValidateTemplate(bytes, distinct::fuzz::kVersion).ok()) return 0;
  CHECK(bytes.size() == face::kTemplateBytes);
  CHECK(!face::ValidateTemplate(bytes, distinct::fuzz::kVersion + 1).ok());
  const face::TemplateHead head = face::HeadOf(bytes);
  CHECK(head.quality.value >= 0 && head.quality.value <= 100);
  CHECK(std::isfinite(head.norm));
  uint32_t squares = 0;
  for (int i = 0; i < face::kEmbeddingDimensions; ++i) {
    squares += static_cast<uint32_t>(face::ValuesOf(bytes)[i] * face::ValuesOf(bytes)[i]);
  }
  CHECK(squares > 0 && squares == face::SquaresOf(bytes));
  CHECK(face::FixedScaleVector(bytes).size() == face::kEmbeddingDimensions);
  return 0;
}
