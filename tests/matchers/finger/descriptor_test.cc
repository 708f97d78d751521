#include "matchers/finger/descriptor.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <string>

namespace distinct::finger {
namespace {

std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(DISTINCT_GOLDEN) + "/descriptor/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(DescriptorNetwork, GivesTheTrainersValuesForTheGoldenPatches) {
  const std::string patch_bytes = ReadGolden("patches.i8");
  const std::string value_bytes = ReadGolden("values.f32");
  ASSERT_EQ(patch_bytes.size(), 8 * sizeof(Patch));
  ASSERT_EQ(value_bytes.size(), 8 * sizeof(DescriptorValues));
  std::vector<Patch> patches(8);
  std::vector<DescriptorValues> want(8);
  std::copy_n(patch_bytes.data(), patch_bytes.size(), reinterpret_cast<char*>(patches.data()));
  std::copy_n(value_bytes.data(), value_bytes.size(), reinterpret_cast<char*>(want.data()));
  const std::vector<DescriptorValues> got = DescriptorNetwork().Describe(patches);
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    for (size_t k = 0; k < want[i].size(); ++k) {
      EXPECT_NEAR(got[i][k], want[i][k], 0.01F) << i << ", " << k;
      EXPECT_EQ(got[i][k] > 0, want[i][k] > 0) << i << ", " << k;
    }
  }
}

TEST(DescriptorNetwork, DescribesAPatchAloneAsInCompany) {
  const std::string bytes = ReadGolden("patches.i8");
  std::vector<Patch> patches(8);
  std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(patches.data()));
  DescriptorNetwork network;
  const std::vector<DescriptorValues> together = network.Describe(patches);
  const std::vector<DescriptorValues> alone = network.Describe({&patches[5], 1});
  for (size_t k = 0; k < alone[0].size(); ++k) EXPECT_NEAR(alone[0][k], together[5][k], 1e-3F);
  EXPECT_TRUE(network.Describe({}).empty());
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
  const Patch want = CutPatch(upright, m);
  for (const double degrees : {30.0, 90.0, 200.0}) {
    cv::Mat1f turned;  // OpenCV turns counter-clockwise as displayed for positive angles
    cv::warpAffine(upright, turned, cv::getRotationMatrix2D({120, 120}, degrees, 1), upright.size(),
                   cv::INTER_CUBIC);
    Minutia n = m;
    n.direction_rad += static_cast<float>(degrees * std::numbers::pi / 180);
    const Patch got = CutPatch(turned, n);
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
  const Patch patch = CutPatch(cv::Mat1f(100, 100, 1.0F), m);
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
