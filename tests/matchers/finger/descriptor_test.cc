#include "matchers/finger/descriptor.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <string>

#include "matchers/check.h"
#include "matchers/kernels/cpu.h"

namespace distinct::finger {
namespace {

std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(DISTINCT_GOLDEN) + "/descriptor/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr size_t kGoldenPatches = 8;

std::vector<Patch> GoldenPatches() {
  const std::string bytes = ReadGolden("patches.i8");
  CHECK(bytes.size() == kGoldenPatches * sizeof(Patch));
  std::vector<Patch> patches(kGoldenPatches);
  std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(patches.data()));
  return patches;
}

std::vector<DescriptorValues> GoldenValues(const std::string& name) {
  const std::string bytes = ReadGolden(name);
  CHECK(bytes.size() == kGoldenPatches * sizeof(DescriptorValues));
  std::vector<DescriptorValues> values(kGoldenPatches);
  std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(values.data()));
  return values;
}

// values.f32: the trained network in floats. Integers give 1,016 of the 1,024 signs (99.2 %; 99.5 %
// of generated patches); the other eight have float values of less than 0.02.
TEST(DescriptorNetwork, GivesTheSignsOfTheTrainersFloatNetwork) {
  const std::vector<DescriptorValues> want = GoldenValues("values.f32");
  const std::vector<DescriptorValues> got = DescriptorNetwork().Describe(GoldenPatches());
  ASSERT_EQ(got.size(), want.size());
  int equal = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    for (size_t k = 0; k < want[i].size(); ++k) {
      EXPECT_NEAR(got[i][k], want[i][k], 0.1F) << i << ", " << k;
      if (std::abs(want[i][k]) > 0.05F) {
        EXPECT_EQ(got[i][k] > 0, want[i][k] > 0) << i << ", " << k;
      }
      equal += (got[i][k] > 0) == (want[i][k] > 0) ? 1 : 0;
    }
  }
  EXPECT_GE(equal, 1024 * 985 / 1000);
}

// quantised_values.f32: the integer network as tools/training/quantise.py computes it, in numpy.
TEST(DescriptorNetwork, GivesTheTrainersIntegersToTheBitOnEveryCpuLevel) {
  RecordProperty("cpu_level", std::string(kernels::CpuLevelName(kernels::ActiveLevel())));
  const std::vector<DescriptorValues> want = GoldenValues("quantised_values.f32");
  const std::vector<DescriptorValues> got = DescriptorNetwork().Describe(GoldenPatches());
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    for (size_t k = 0; k < want[i].size(); ++k) EXPECT_EQ(got[i][k], want[i][k]) << i << ", " << k;
  }
}

TEST(DescriptorNetwork, DescribesAPatchAloneAsInCompany) {
  const std::vector<Patch> patches = GoldenPatches();
  DescriptorNetwork network;
  const std::vector<DescriptorValues> together = network.Describe(patches);
  EXPECT_EQ(network.Describe({&patches[5], 1})[0], together[5]);
  EXPECT_TRUE(network.Describe({}).empty());
}

cv::Mat_<int8_t> AsContext(const cv::Mat1f& values) {
  cv::Mat_<int8_t> out;
  values.convertTo(out, CV_8S, kContextScale);
  return out;
}

// A picture without symmetry, smooth enough to survive turning.
cv::Mat1f Landscape() {
  cv::Mat1f out(241, 241);
  cv::RNG random(3);
  random.fill(out, cv::RNG::NORMAL, 0, 1);
  cv::GaussianBlur(out, out, {}, 4);
  return cv::Mat1f(out * 8);
}

TEST(Patch, OfATurnedPictureEqualsThePatchOfThePicture) {
  const cv::Mat1f upright = Landscape();
  // The centre of the 250-dpi picture, in pixels at 500 dpi.
  Minutia m;
  m.x_px = m.y_px = 2 * 120.5F - 0.5F;
  m.direction_rad = 0.3F;
  const Patch want = CutPatch(AsContext(upright), m);
  for (const double degrees : {30.0, 90.0, 200.0}) {
    cv::Mat1f turned;  // OpenCV turns counter-clockwise as displayed for positive angles
    cv::warpAffine(upright, turned, cv::getRotationMatrix2D({120, 120}, degrees, 1), upright.size(),
                   cv::INTER_CUBIC);
    Minutia n = m;
    n.direction_rad += static_cast<float>(degrees * std::numbers::pi / 180);
    const Patch got = CutPatch(AsContext(turned), n);
    double difference = 0, size = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      difference += std::abs(want[i] - got[i]);
      size += std::abs(want[i]);
    }
    EXPECT_LT(difference / size, 0.05) << degrees;
  }
}

TEST(Patch, OutsideThePictureIsZero) {
  Minutia m;
  const Patch patch = CutPatch(AsContext(cv::Mat1f(100, 100, 1.0F)), m);
  EXPECT_EQ(patch[0], 0);
  EXPECT_EQ(patch.back(), 48);
}

TEST(Signs, GoToTheirBits) {
  DescriptorValues values;
  values.fill(-1);
  values[0] = values[63] = values[64] = values[127] = 0.5F;
  const Code code = SignsOf(values);
  EXPECT_EQ(code.low, 1ULL | 1ULL << 63);
  EXPECT_EQ(code.high, 1ULL | 1ULL << 63);
}

}  // namespace
}  // namespace distinct::finger
