#include "matchers/finger/vector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "matchers/finger/extraction.h"
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

TEST(FingerVectors, OfAPrintDoNotDependOnTheOrderOfItsMinutiae) {
  FingerExtractor extractor;
  FingerTemplate features = *ParseTemplate(TemplateOf(extractor, 1, 0));
  const std::vector<int8_t> want = FingerVector(TemplateView(Serialize(features)));
  std::shuffle(features.minutiae.begin(), features.minutiae.end(), std::mt19937(3));
  const std::vector<int8_t> got = FingerVector(TemplateView(Serialize(features)));
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1);
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
