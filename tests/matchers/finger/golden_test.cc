// One generated print and its template, as they were when the template version was made: what every
// CPU level, OpenCV's own included, and every number of threads must give again. A template that
// moves away is a new template version (matchers/finger/FORMAT.md), not a new file here:
//
//   distinct-synthesis prints --seed 12 --people 1 --impressions 1 --severity 0.5 --out prints
//   distinct extract prints/000000_04_0.png --position RIGHT_RING --dpi 500 --template print.tpl
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <opencv2/core.hpp>
#include <string>

#include "matchers/finger/comparison.h"
#include "matchers/finger/extraction.h"
#include "matchers/kernels/cpu.h"
#include "tests/support/status_matchers.h"

namespace distinct::finger {
namespace {

using distinct::testing::IsOk;

std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(DISTINCT_GOLDEN) + "/finger/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Extracted() {
  const auto extraction =
      FingerExtractor().Extract({Position::kRightRing, ReadGolden("print.png"), 500.0}, nullptr);
  EXPECT_THAT(extraction, IsOk());
  return extraction.ok() ? extraction->features.bytes : std::string();
}

TEST(GoldenPrint, GivesItsTemplateOnEveryCpuLevel) {
  RecordProperty("cpu_level", std::string(kernels::CpuLevelName(kernels::ActiveLevel())));
  const std::string want_bytes = ReadGolden("print.tpl"), got_bytes = Extracted();
  ASSERT_THAT(ValidateTemplate(want_bytes), IsOk());
  ASSERT_THAT(ValidateTemplate(got_bytes), IsOk());
  const TemplateView want(want_bytes), got(got_bytes);
  EXPECT_NEAR(got.count(), want.count(), 1);
  EXPECT_NEAR(got.quality().value, want.quality().value, 1);
  // Each has one at its place; where the sums of an OpenCV differ, the order of two may.
  int same = 0;
  for (int i = 0; i < want.count(); ++i) {
    for (int j = 0; j < got.count(); ++j) {
      const Minutia a = want.geometry(i), b = got.geometry(j);
      const int bits = std::popcount(want.code(i).low ^ got.code(j).low) +
                       std::popcount(want.code(i).high ^ got.code(j).high);
      const int turned = std::abs(static_cast<int8_t>(want.turn(i) - got.turn(j)));
      if (std::hypot(a.x_px - b.x_px, a.y_px - b.y_px) <= 1 && turned <= 2 && bits <= 6) {
        ++same;
        break;
      }
    }
  }
  EXPECT_GE(same, want.count() * 95 / 100);
  const FingerProbe probe(want_bytes);
  EXPECT_NEAR(probe.Compare(got_bytes).value, probe.Compare(want_bytes).value, 0.02F);
}

TEST(GoldenPrint, GivesTheSameBytesOnAnyNumberOfThreads) {
  const int before = cv::getNumThreads();
  cv::setNumThreads(1);
  const std::string alone = Extracted();
  cv::setNumThreads(5);
  EXPECT_EQ(Extracted(), alone);
  cv::setNumThreads(before);
}

}  // namespace
}  // namespace distinct::finger
