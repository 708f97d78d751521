// Two templates of one image, and two captures of one finger.
#include "matchers/finger/one_image.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <utility>

#include "matchers/finger/finger.h"
#include "tools/synthesis/people.h"

namespace distinct::finger {
namespace {

FingerTemplate FingerOf(uint64_t person, uint32_t impression) {
  static const auto* const people = new synthesis::People(3);
  return people->Finger(person, Position::kRightIndex, impression);
}

float ShareOf(const FingerTemplate& a, const FingerTemplate& b) {
  const std::string one = Serialize(a), other = Serialize(b);
  return ShareInPlace(TemplateView(one), TemplateView(other));
}

FingerTemplate Shifted(FingerTemplate features, float x_px, float y_px) {
  for (Minutia& minutia : features.minutiae) {
    minutia.x_px += x_px;
    minutia.y_px += y_px;
  }
  return features;
}

TEST(FingerOneImage, IsOneWithItselfWhereverItWasCropped) {
  for (uint64_t person = 0; person < 20; ++person) {
    const FingerTemplate finger = FingerOf(person, 0);
    EXPECT_EQ(ShareOf(finger, finger), 1);
    EXPECT_EQ(ShareOf(finger, Shifted(finger, 40, 25.5F)), 1);
    EXPECT_EQ(ShareOf(Shifted(finger, 11, 300), finger), 1);
  }
}

TEST(FingerOneImage, StandsALittleNoiseAndSomeLostMinutiae) {
  std::mt19937 random(4);
  for (uint64_t person = 0; person < 20; ++person) {
    const FingerTemplate finger = FingerOf(person, 0);
    FingerTemplate again = Shifted(finger, 3, 4);
    for (Minutia& minutia : again.minutiae) {
      minutia.x_px += static_cast<float>(random() % 3) / 2 - 0.5F;
      minutia.y_px += static_cast<float>(random() % 3) / 2 - 0.5F;
    }
    std::swap(again.minutiae.front(), again.minutiae.back());
    again.minutiae.resize(again.minutiae.size() * 4 / 5);
    EXPECT_GE(ShareOf(finger, again), kOneImageShareMin) << person;
    EXPECT_GE(ShareOf(again, finger), kOneImageShareMin) << person;
  }
}

TEST(FingerOneImage, TwoCapturesAndTwoFingersAreNot) {
  for (uint64_t person = 0; person < 50; ++person) {
    EXPECT_LT(ShareOf(FingerOf(person, 0), FingerOf(person, 1)), kOneImageShareMin) << person;
    EXPECT_LT(ShareOf(FingerOf(person, 0), FingerOf(person + 1, 0)), kOneImageShareMin) << person;
  }
}

TEST(FingerOneImage, MinutiaeInPlaceThatLookOtherwiseAreNot) {
  FingerTemplate other = FingerOf(0, 0);
  for (Minutia& minutia : other.minutiae) minutia.code.low ^= 0x1111'1111'1111'1111;
  EXPECT_EQ(ShareOf(FingerOf(0, 0), other), 0);
}

TEST(FingerOneImage, APictureTurnedIsAnotherImage) {
  FingerTemplate turned = FingerOf(0, 0);
  constexpr float kTurn = 2 * std::numbers::pi_v<float>;
  for (Minutia& minutia : turned.minutiae) {
    minutia.direction_rad = std::fmod(minutia.direction_rad + 0.5F, kTurn);
  }
  EXPECT_LT(ShareOf(FingerOf(0, 0), turned), kOneImageShareMin);
}

TEST(FingerModality, TellsQualityAndOneImageFromTheBytes) {
  const auto modality = CreateFingerModality();
  FingerTemplate finger = FingerOf(0, 0);
  finger.quality = Quality{61};
  const std::string bytes = Serialize(finger);
  EXPECT_EQ(modality->QualityOf(bytes), Quality{61});
  EXPECT_TRUE(modality->OfOneImage(bytes, modality->KeepVector(bytes)));
  EXPECT_FALSE(modality->OfOneImage(bytes, Serialize(FingerOf(0, 1))));
}

}  // namespace
}  // namespace distinct::finger
