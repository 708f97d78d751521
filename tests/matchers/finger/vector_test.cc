#include "matchers/finger/vector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "matchers/finger/extraction.h"
#include "matchers/finger/weights.h"
#include "tools/synthesis/impression.h"
#include "tools/synthesis/master.h"

namespace distinct::finger {
namespace {

int Dot(const std::vector<int8_t>& a, const std::vector<int8_t>& b) {
  int sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::string TemplateOf(FingerExtractor& extractor, uint64_t person, uint32_t impression) {
  const synthesis::Master master = synthesis::MakeMaster({77, person, Position::kRightIndex});
  image::GreyImage grey;
  grey.width_px = synthesis::kImpressionWidthPx;
  grey.height_px = synthesis::kImpressionHeightPx;
  grey.pixels = synthesis::MakeImpression(master, impression, {0.4F}).grey;
  return Serialize(extractor.ExtractPixels(grey, nullptr)->features);
}

TEST(FingerVectors, HaveOneLength) {
  FingerExtractor extractor;
  const std::vector<int8_t> v = FingerVector(TemplateView(TemplateOf(extractor, 1, 0)));
  ASSERT_EQ(v.size(), static_cast<size_t>(kVectorDimensions));
  EXPECT_NEAR(std::sqrt(Dot(v, v)), kVectorScale, 6);
}

// The definition at the top of vector.h in doubles, word by word, with the words as they were
// fitted.
std::vector<double> VectorByDefinition(const FingerTemplate& features) {
  constexpr size_t kWords = 512, kBits = 128, kDimensions = kVectorDimensions;
  constexpr double kFloor = 0.2;
  WeightReader reader(VectorWeights());
  const std::vector<float> words = reader.Halves(kBits * kWords);
  const std::vector<float> discriminants = reader.Halves(kWords * kDimensions);
  const std::vector<float> offset = reader.Floats(kDimensions);
  std::vector<double> out(offset.begin(), offset.end()), histogram(kWords);
  for (size_t w = 0; w < kWords; ++w) {
    for (const Minutia& m : features.minutiae) {
      double alike = 0;
      for (size_t bit = 0; bit < kBits; ++bit) {
        const uint64_t half = bit < 64 ? m.code.low : m.code.high;
        alike += ((half >> bit % 64 & 1U) != 0 ? 1 : -1) * words[bit * kWords + w];
      }
      histogram[w] += std::max(alike - kFloor, 0.0);
    }
  }
  const double all = std::accumulate(histogram.begin(), histogram.end(), 0.0);
  for (size_t w = 0; w < kWords; ++w) {
    for (size_t d = 0; d < kDimensions; ++d) {
      out[d] += std::sqrt(histogram[w] / all) * discriminants[w * kDimensions + d];
    }
  }
  const double length = std::sqrt(std::inner_product(out.begin(), out.end(), out.begin(), 0.0));
  for (double& v : out) v *= kVectorScale / length;
  return out;
}

TEST(FingerVectors, HaveTheValuesOfTheirDefinition) {
  FingerExtractor extractor;
  for (uint64_t person = 0; person < 8; ++person) {
    const FingerTemplate features = *ParseTemplate(TemplateOf(extractor, person, 0));
    const std::vector<int8_t> got = FingerVector(TemplateView(Serialize(features)));
    const std::vector<double> want = VectorByDefinition(features);
    // Words are rounded to 8 bits.
    for (size_t d = 0; d < got.size(); ++d)
      EXPECT_NEAR(got[d], want[d], 1.6) << person << ", " << d;
  }
}

TEST(FingerVectors, OfAPrintDoNotDependOnTheOrderOfItsMinutiae) {
  FingerExtractor extractor;
  FingerTemplate features = *ParseTemplate(TemplateOf(extractor, 1, 0));
  const std::vector<int8_t> want = FingerVector(TemplateView(Serialize(features)));
  std::shuffle(features.minutiae.begin(), features.minutiae.end(), std::mt19937(3));
  const std::vector<int8_t> got = FingerVector(TemplateView(Serialize(features)));
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1);
}

TEST(FingerVectors, KeptInATemplateAreReadAndChangeNothingElse) {
  FingerExtractor extractor;
  const std::string bytes = TemplateOf(extractor, 1, 0);
  const std::string kept = KeepVector(bytes);
  EXPECT_EQ(kept.size(), bytes.size() + 3 + 8 + kVectorDimensions);
  EXPECT_TRUE(ValidateTemplate(kept).ok());
  EXPECT_EQ(TemplateView(kept).scored(), bytes);
  EXPECT_EQ(FingerVector(TemplateView(kept)), FingerVector(TemplateView(bytes)));
  std::string other = kept;  // so that it is seen to be read, not made
  other.back() = static_cast<char>(other.back() + 1);
  EXPECT_NE(FingerVector(TemplateView(other)), FingerVector(TemplateView(bytes)));
}

TEST(FingerVectors, KeptByACallerOrByOtherWeightsAreMadeAnew) {
  FingerExtractor extractor;
  const std::string bytes = TemplateOf(extractor, 1, 0);
  const std::string kept = KeepVector(bytes);
  std::string foreign = kept;
  foreign.back() = static_cast<char>(foreign.back() + 1);
  EXPECT_EQ(KeepVector(foreign), kept);
  std::string other_weights = foreign;
  other_weights[bytes.size() + 3] = static_cast<char>(other_weights[bytes.size() + 3] + 1);
  EXPECT_EQ(FingerVector(TemplateView(other_weights)), FingerVector(TemplateView(bytes)));
}

TEST(FingerVectors, StandBesideWhatOthersAppended) {
  FingerExtractor extractor;
  const std::string bytes = TemplateOf(extractor, 1, 0);
  const std::string later = bytes + std::string("\x07\x02\x00zz", 5);
  const std::string kept = KeepVector(KeepVector(later));
  EXPECT_EQ(TemplateView(kept).extension(7), "zz");
  EXPECT_EQ(kept.size(), later.size() + 3 + 8 + kVectorDimensions);
}

TEST(FingerVectors, TakeTheRoomOfWhatACallerFilledTheTemplateWith) {
  FingerExtractor extractor;
  const std::string bytes = TemplateOf(extractor, 1, 0);
  std::string forged = KeepVector(bytes);
  forged.back() = static_cast<char>(forged.back() + 1);
  const std::string full = forged + std::string("\x07\x72\x03", 3) + std::string(882, 'z');
  ASSERT_TRUE(ValidateTemplate(full).ok());
  ASSERT_EQ(full.size(), bytes.size() + 1024);
  EXPECT_EQ(FingerVector(TemplateView(KeepVector(full))), FingerVector(TemplateView(bytes)));
  const std::string filled = bytes + std::string("\x07\xFD\x03", 3) + std::string(1021, 'z');
  EXPECT_EQ(KeepVector(filled), KeepVector(bytes));
}

TEST(FingerVectors, OfAMateLieNearestAmongStrangers) {
  FingerExtractor extractor;
  constexpr uint64_t kFingers = 40;
  std::vector<std::vector<int8_t>> references;
  for (uint64_t f = 0; f < kFingers; ++f) {
    references.push_back(FingerVector(TemplateView(TemplateOf(extractor, f, 0))));
  }
  int nearest = 0;
  for (uint64_t f = 0; f < kFingers; ++f) {
    const std::vector<int8_t> probe = FingerVector(TemplateView(TemplateOf(extractor, f, 1)));
    const auto best = std::max_element(
        references.begin(), references.end(),
        [&](const auto& a, const auto& b) { return Dot(probe, a) < Dot(probe, b); });
    nearest += best - references.begin() == static_cast<std::ptrdiff_t>(f) ? 1 : 0;
  }
  EXPECT_GE(nearest, 36);  // by chance: 1
}

}  // namespace
}  // namespace distinct::finger
