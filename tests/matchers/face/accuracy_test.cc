// The figures that the face path must reach on the development sets (README, "Figures").
#include <algorithm>
#include <vector>

#include "gtest/gtest.h"
#include "matchers/face/face.h"
#include "matchers/image/opencv_setup.h"
#include "tests/matchers/face/files.h"
#include "tests/support/status_matchers.h"

namespace distinct::face {
namespace {

using ::distinct::testing::IsOk;

const bool kSetUp = (image::SetUpOpenCv(), true);

struct Rates {
  size_t failed = 0;
  std::vector<float> mated, nonmated;  // sorted

  // The share of mated pairs missed at the lowest threshold that accepts at most `fmr` of the
  // others.
  double FnmrAt(double fmr) const {
    const auto accepted = static_cast<size_t>(fmr * static_cast<double>(nonmated.size()));
    return MissedAt(nonmated[nonmated.size() - 1 - accepted]);
  }
  double MissedAt(float threshold) const {
    return static_cast<double>(std::upper_bound(mated.begin(), mated.end(), threshold) -
                               mated.begin()) /
           static_cast<double>(mated.size());
  }
  double Eer() const {
    for (size_t i = 0; i < nonmated.size(); ++i) {
      const double accepted =
          static_cast<double>(nonmated.size() - 1 - i) / static_cast<double>(nonmated.size());
      if (const double missed = MissedAt(nonmated[i]); missed >= accepted) return missed;
    }
    return 1;
  }
};

Rates Measure(const std::string& set) {
  Rates rates;
  const auto face = CreateFaceModality(testing::ReadModels());
  EXPECT_THAT(face, IsOk());
  const auto extractor = (*face)->NewExtractor();
  std::vector<std::pair<std::string, std::string>> templates;
  for (const auto& file : testing::Files(set)) {
    const std::string bytes = testing::ReadFile(file);
    const auto extraction =
        extractor->Extract({.position = Position::kFace, .image = bytes}, nullptr);
    if (!extraction.ok()) {
      ADD_FAILURE() << file << ": " << extraction.status();
      ++rates.failed;
      continue;
    }
    templates.emplace_back(testing::IdentityOf(file), extraction->features.bytes);
  }
  for (size_t i = 0; i < templates.size(); ++i) {
    const auto probe = (*face)->Prepare(templates[i].second);
    for (size_t j = i + 1; j < templates.size(); ++j) {
      const bool mated = templates[i].first == templates[j].first;
      (mated ? rates.mated : rates.nonmated).push_back(probe->Compare(templates[j].second).value);
    }
  }
  std::sort(rates.mated.begin(), rates.mated.end());
  std::sort(rates.nonmated.begin(), rates.nonmated.end());
  std::printf("%s: EER %.2f %%, FNMR at FMR 1e-3 %.2f %%, 1e-4 %.2f %%, failed %zu\n", set.c_str(),
              100 * rates.Eer(), 100 * rates.FnmrAt(1e-3), 100 * rates.FnmrAt(1e-4), rates.failed);
  return rates;
}

TEST(FaceAccuracy, PressPhotographsReachTheirFigures) {
  const Rates rates = Measure("face/lfwa");
  EXPECT_LE(rates.Eer(), 0.005);
  EXPECT_LE(rates.FnmrAt(1e-4), 0.025);
  EXPECT_EQ(rates.failed, 0u);
}

TEST(FaceAccuracy, HardColourPhotographsReachTheirFigures) {
  const Rates rates = Measure("face/celeba");
  EXPECT_LE(rates.Eer(), 0.04);
  EXPECT_EQ(rates.failed, 0u);
}

}  // namespace
}  // namespace distinct::face
