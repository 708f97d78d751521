#include "tools/synthesis/people.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

namespace distinct::synthesis {
namespace {

int Distance(const Code& a, const Code& b) {
  return std::popcount(a.low ^ b.low) + std::popcount(a.high ^ b.high);
}

int Nearest(const finger::Minutia& minutia, const finger::FingerTemplate& reference) {
  int nearest = 128;
  for (const finger::Minutia& other : reference.minutiae) {
    nearest = std::min(nearest, Distance(minutia.code, other.code));
  }
  return nearest;
}

TEST(People, TemplatesAreValidAndAsLargeAsRealOnes) {
  const People people(1);
  double minutiae = 0;
  for (uint64_t person = 0; person < 300; ++person) {
    const std::vector<Template> fingers = people.Capture(person, 0);
    ASSERT_EQ(fingers.size(), 10u);
    for (const Template& finger : fingers) {
      ASSERT_TRUE(finger::ValidateTemplate(finger.bytes).ok());
      minutiae += finger::TemplateView(finger.bytes).count();
    }
  }
  EXPECT_NEAR(minutiae / 3000, 45, 3);
}

TEST(People, APersonIsAPureFunctionOfSeedNumberAndImpression) {
  const People people(1);
  const std::string bytes = people.Capture(123456, 1)[3].bytes;
  EXPECT_EQ(People(1).Capture(123456, 1)[3].bytes, bytes);
  EXPECT_NE(People(2).Capture(123456, 1)[3].bytes, bytes);
  EXPECT_NE(people.Capture(123457, 1)[3].bytes, bytes);
  EXPECT_NE(people.Capture(123456, 2)[3].bytes, bytes);
  EXPECT_NE(people.Capture(123456, 1)[4].bytes, bytes);
}

TEST(People, MinutiaeAreBestFirst) {
  const auto finger = People(1).Finger(5, Position::kLeftThumb, 0);
  for (size_t i = 1; i < finger.minutiae.size(); ++i) {
    EXPECT_GE(finger.minutiae[i - 1].quality, finger.minutiae[i].quality);
  }
}

// Strangers: half of the bits, spread wider than the 5.7 of fair coins. Templates extracted from
// generated prints spread by 8.0.
TEST(People, NonmatedCodesDifferInHalfOfTheirBitsSpreadWiderThanCoins) {
  const People people(1);
  double n = 0, sum = 0, squares = 0;
  for (uint64_t person = 0; person < 100; ++person) {
    const auto a = people.Finger(person, Position::kRightThumb, 0);
    const auto b = people.Finger(person + 1000, Position::kRightThumb, 0);
    for (const auto& left : a.minutiae) {
      for (const auto& right : b.minutiae) {
        const double distance = Distance(left.code, right.code);
        n += 1, sum += distance, squares += distance * distance;
      }
    }
  }
  EXPECT_NEAR(sum / n, 64, 0.5);
  EXPECT_GT(std::sqrt(squares / n - sum / n * sum / n), 7.2);
  EXPECT_LT(std::sqrt(squares / n - sum / n * sum / n), 8.8);
}

// Mated codes are found by being nearest, so that the test needs no word from the generator.
TEST(People, MostMinutiaeHaveAMateSomeTwentyBitsAway) {
  const People people(1);
  double minutiae = 0, mates = 0, sum = 0, strangers = 0;
  for (uint64_t person = 0; person < 100; ++person) {
    const auto probe = people.Finger(person, Position::kRightIndex, 1);
    const auto reference = people.Finger(person, Position::kRightIndex, 0);
    const auto stranger = people.Finger(person + 500, Position::kRightIndex, 0);
    for (const auto& minutia : probe.minutiae) {
      const int distance = Nearest(minutia, reference);
      minutiae += 1;
      strangers += Nearest(minutia, stranger) < 36;
      if (distance >= 36) continue;
      mates += 1, sum += distance;
    }
  }
  EXPECT_GT(mates / minutiae, 0.6);
  EXPECT_LT(mates / minutiae, 0.9);
  EXPECT_GT(sum / mates, 18);
  EXPECT_LT(sum / mates, 28);
  EXPECT_LT(strangers / minutiae, 0.05);
}

// Between two captures most mated minutiae agree with one turn and one shift within a few pixels,
// found here by trying every mated pair as the anchor.
TEST(People, MatedMinutiaeAgreeInGeometry) {
  const People people(1);
  double agreeing = 0, mates = 0;
  for (uint64_t person = 0; person < 30; ++person) {
    const auto probe = people.Finger(person, Position::kLeftRing, 1);
    const auto reference = people.Finger(person, Position::kLeftRing, 0);
    std::vector<std::pair<finger::Minutia, finger::Minutia>> pairs;
    for (const auto& a : probe.minutiae) {
      for (const auto& b : reference.minutiae) {
        if (Distance(a.code, b.code) < 36) pairs.emplace_back(a, b);
      }
    }
    int best = 0;
    for (const auto& [a, b] : pairs) {
      const float turn = b.direction_rad - a.direction_rad;
      int inliers = 0;
      for (const auto& [c, d] : pairs) {
        const float x = c.x_px - a.x_px, y = c.y_px - a.y_px;
        const float moved_x = b.x_px + std::cos(turn) * x + std::sin(turn) * y;
        const float moved_y = b.y_px - std::sin(turn) * x + std::cos(turn) * y;
        inliers += std::hypot(moved_x - d.x_px, moved_y - d.y_px) < 15 &&
                   std::cos(d.direction_rad - c.direction_rad - turn) > std::cos(0.5f);
      }
      best = std::max(best, inliers);
    }
    agreeing += best;
    mates += static_cast<double>(pairs.size());
  }
  EXPECT_GT(agreeing / mates, 0.85);
}

}  // namespace
}  // namespace distinct::synthesis
