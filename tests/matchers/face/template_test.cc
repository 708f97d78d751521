#include "matchers/face/template.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"
#include "matchers/face/comparison.h"
#include "tests/support/status_matchers.h"

namespace distinct::face {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr uint32_t kVersion = 0x01020304;

Embedding RandomEmbedding(uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Embedding embedding;
  float squares = 0;
  for (float& value : embedding.direction) {
    value = normal(random);
    squares += value * value;
  }
  for (float& value : embedding.direction) value /= std::sqrt(squares);
  embedding.norm = 3.5F;
  return embedding;
}

std::string Serialised(const Embedding& embedding) {
  return SerialiseTemplate(embedding, {.quality = {88}, .faces = 2, .norm = embedding.norm},
                           kVersion);
}

double Cosine(const Embedding& a, const Embedding& b) {
  double dot = 0;
  for (size_t i = 0; i < a.direction.size(); ++i) dot += a.direction[i] * b.direction[i];
  return dot;
}

TEST(FaceTemplate, GivesBackWhatWasPutIn) {
  const std::string bytes = Serialised(RandomEmbedding(1));
  EXPECT_EQ(bytes.size(), kTemplateBytes);
  EXPECT_THAT(ValidateTemplate(bytes, kVersion), IsOk());
  EXPECT_EQ(HeadOf(bytes).quality.value, 88);
  EXPECT_EQ(HeadOf(bytes).faces, 2);
  EXPECT_EQ(HeadOf(bytes).norm, 3.5F);
}

// The worked example of matchers/face/FORMAT.md.
TEST(FaceTemplate, HasTheBytesOfTheWorkedExample) {
  Embedding embedding{.direction = {}, .norm = 2};
  embedding.direction[0] = 0.8F;
  embedding.direction[1] = -0.6F;
  const std::string bytes =
      SerialiseTemplate(embedding, {.quality = {50}, .faces = 1, .norm = 2}, kVersion);
  EXPECT_EQ(bytes.substr(0, 24), std::string("DIFA\x04\x03\x02\x01\x32\x01\0\0\0\0\0\x40"
                                             "\x42\x62\0\0\x7f\xa1\0\0",
                                             24));
}

TEST(FaceTemplate, RefusesEveryByteChangedOrMissing) {
  const std::string whole = Serialised(RandomEmbedding(2));
  EXPECT_THAT(ValidateTemplate("", kVersion), StatusIs(kInvalid, "bytes: got 0, want 532"));
  EXPECT_THAT(ValidateTemplate(whole + "x", kVersion), StatusIs(kInvalid, "bytes: got 533"));
  EXPECT_THAT(ValidateTemplate(whole, kVersion + 1), StatusIs(kInvalid, "version: got 1020304"));
  // Quality, faces and norm hold any sane value; all other bytes are fixed by the rest.
  for (size_t at = 0; at < whole.size(); ++at) {
    if (at >= 8 && at < 10) continue;
    if (at >= 12 && at < 16) continue;
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] + 1);
    EXPECT_THAT(ValidateTemplate(bytes, kVersion), StatusIs(kInvalid, "extract the face again"))
        << at;
  }
  std::string bytes = whole;
  bytes[8] = 101;
  EXPECT_THAT(ValidateTemplate(bytes, kVersion), StatusIs(kInvalid, "quality: got 101"));
}

TEST(FaceComparison, EqualsTheCosineOfTheEmbeddings) {
  Embedding a = RandomEmbedding(3);
  Embedding b = RandomEmbedding(4);
  for (size_t i = 0; i < 256; ++i) b.direction[i] = a.direction[i];
  const std::string a_bytes = Serialised(a);
  const std::string b_bytes = Serialised(b);
  const float score = PreparedFace(a_bytes).Compare(b_bytes).value;
  EXPECT_NEAR(score, Cosine(a, b) / std::sqrt(Cosine(b, b)), 0.005);
  EXPECT_EQ(score, PreparedFace(b_bytes).Compare(a_bytes).value);
  EXPECT_EQ(score, PreparedFace(a_bytes).Explain(b_bytes).score.value);
}

TEST(FaceComparison, IsOneForItselfAndMinusOneForTheOpposite) {
  const Embedding a = RandomEmbedding(5);
  Embedding opposite = a;
  for (float& value : opposite.direction) value = -value;
  const PreparedFace probe(Serialised(a));
  EXPECT_FLOAT_EQ(probe.Compare(Serialised(a)).value, 1);
  EXPECT_FLOAT_EQ(probe.Compare(Serialised(opposite)).value, -1);
}

TEST(FaceVector, RanksLikeTheComparison) {
  const std::string probe = Serialised(RandomEmbedding(6));
  const std::vector<int8_t> probe_vector = FixedScaleVector(probe);
  for (uint32_t seed = 10; seed < 40; ++seed) {
    Embedding reference = RandomEmbedding(seed);
    for (size_t i = 0; i < seed * 8; ++i) reference.direction[i] = RandomEmbedding(6).direction[i];
    const std::string bytes = Serialised(reference);
    const std::vector<int8_t> vector = FixedScaleVector(bytes);
    double dot = 0;
    for (size_t i = 0; i < vector.size(); ++i) dot += probe_vector[i] * vector[i];
    EXPECT_NEAR(dot / (127 / 0.25) / (127 / 0.25), PreparedFace(probe).Compare(bytes).value, 0.01);
  }
}

}  // namespace
}  // namespace distinct::face
