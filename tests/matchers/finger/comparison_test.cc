#include "matchers/finger/comparison.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <numbers>
#include <numeric>
#include <random>

#include "matchers/finger/calibration.h"

// Counts this thread's allocations, for the promise that Compare() makes none.
namespace {
thread_local int allocations = 0;
}
void* operator new(size_t size) {
  ++allocations;
  void* out = std::malloc(size);
  if (out == nullptr) std::abort();
  return out;
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace distinct::finger {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

Minutia RandomMinutia(std::mt19937_64& random) {
  std::uniform_real_distribution<float> place(150, 450), turn(0, 2 * kPi);
  Minutia m;
  m.x_px = place(random);
  m.y_px = place(random);
  m.direction_rad = turn(random);
  m.quality = 80;
  m.code = {random(), random()};
  return m;
}

FingerTemplate RandomFinger(uint64_t seed, int minutiae) {
  std::mt19937_64 random(seed);
  FingerTemplate out{600, 600, Quality{80}, {}};
  for (int i = 0; i < minutiae; ++i) out.minutiae.push_back(RandomMinutia(random));
  return out;
}

// Turned counter-clockwise as displayed about (300, 300), then shifted.
FingerTemplate Moved(FingerTemplate in, float turn_rad, float dx_px, float dy_px) {
  const float c = std::cos(turn_rad);
  const float s = std::sin(turn_rad);
  for (Minutia& m : in.minutiae) {
    const float x = m.x_px - 300;
    const float y = m.y_px - 300;
    m.x_px = 300 + c * x + s * y + dx_px;
    m.y_px = 300 - s * x + c * y + dy_px;
    m.direction_rad = std::fmod(m.direction_rad + turn_rad + 4 * kPi, 2 * kPi);
  }
  return in;
}

FingerTemplate WithFlippedBits(FingerTemplate in, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (Minutia& m : in.minutiae) {
    m.code.low ^= random() & random() & random();  // 1 in 8
    m.code.high ^= random() & random() & random();
  }
  return in;
}

float ScoreOf(const FingerTemplate& probe, const FingerTemplate& reference) {
  return FingerProbe(Serialize(probe)).Compare(Serialize(reference)).value;
}

TEST(Comparison, OfAPrintWithItselfIsFarAboveStrangers) {
  const FingerTemplate a = RandomFinger(1, 40);
  EXPECT_GT(ScoreOf(a, a), 1.0F);
  for (uint64_t seed = 2; seed < 30; ++seed) EXPECT_LT(ScoreOf(a, RandomFinger(seed, 40)), 0.1F);
}

TEST(Comparison, DoesNotChangeWhenAPrintIsTurnedOrShifted) {
  const FingerTemplate a = RandomFinger(1, 36);
  const FingerTemplate b = WithFlippedBits(a, 9);
  const float still = ScoreOf(a, b);
  EXPECT_GT(still, 0.6F);
  for (const float turn : {0.2F, -0.7F, 1.2F}) {
    EXPECT_NEAR(ScoreOf(a, Moved(b, turn, 17, -25)), still, 0.06F) << turn;
    EXPECT_NEAR(ScoreOf(Moved(a, turn, -30, 12), b), still, 0.06F) << turn;
  }
}

// kTurnMaxRad: a finger is not laid on a scanner upside down.
TEST(Comparison, PairsNothingThatIsTurnedByMoreThanAHundredDegrees) {
  const FingerTemplate a = RandomFinger(1, 36);
  EXPECT_GT(ScoreOf(a, Moved(a, 1.7F, 0, 0)), 0.8F);
  EXPECT_LT(ScoreOf(a, Moved(a, 1.8F, 0, 0)), 0.1F);
  EXPECT_LT(ScoreOf(a, Moved(a, -kPi, 0, 0)), 0.1F);
}

TEST(Comparison, OfAMirroredPrintFails) {
  const FingerTemplate a = RandomFinger(1, 36);
  FingerTemplate mirrored = a;
  for (Minutia& m : mirrored.minutiae) {
    m.x_px = 600 - m.x_px;
    m.direction_rad = std::fmod(3 * kPi - m.direction_rad, 2 * kPi);
  }
  EXPECT_LT(ScoreOf(a, mirrored), 0.35F * ScoreOf(a, a));
}

TEST(Comparison, FallsAsMinutiaeAreLostAndCodesDiffer) {
  const FingerTemplate a = RandomFinger(1, 40);
  FingerTemplate half = a;
  half.minutiae.resize(20);
  for (uint64_t i = 0; i < 20; ++i) half.minutiae.push_back(RandomFinger(50 + i, 4).minutiae[0]);
  EXPECT_LT(ScoreOf(a, half), ScoreOf(a, a));
  EXPECT_GT(ScoreOf(a, half), 0.4F);
}

TEST(Comparison, OfThreeLuckyPairsStaysLow) {
  FingerTemplate a = RandomFinger(1, 30);
  FingerTemplate b = RandomFinger(2, 30);
  for (size_t i = 0; i < 3; ++i) b.minutiae[i] = a.minutiae[i];
  EXPECT_LT(ScoreOf(a, b), 0.2F);
}

TEST(Comparison, ExplainsExactlyItsScore) {
  const FingerTemplate a = RandomFinger(1, 30);
  const FingerTemplate b = Moved(WithFlippedBits(a, 4), 0.4F, 20, 10);
  const FingerProbe probe(Serialize(a));
  const Explanation explanation = probe.Explain(Serialize(b));
  EXPECT_EQ(explanation.score.value, probe.Compare(Serialize(b)).value);
  ASSERT_GT(explanation.pairs.size(), 20U);
  float shares = 0;
  size_t right = 0;
  for (const PairedFeature& pair : explanation.pairs) {
    shares += pair.share;
    for (size_t i = 0; i < a.minutiae.size(); ++i) {
      right += std::hypot(a.minutiae[i].x_px - pair.probe_x_px,
                          a.minutiae[i].y_px - pair.probe_y_px) < 0.5F &&
                       std::hypot(b.minutiae[i].x_px - pair.reference_x_px,
                                  b.minutiae[i].y_px - pair.reference_y_px) < 0.5F
                   ? 1
                   : 0;
    }
  }
  EXPECT_NEAR(shares, 1, 1e-4);
  EXPECT_EQ(right, explanation.pairs.size());
}

TEST(Comparison, AllocatesNothing) {
  const std::string a = Serialize(RandomFinger(1, kMinutiaeMax));
  const std::string b = Serialize(WithFlippedBits(RandomFinger(1, kMinutiaeMax), 3));
  const FingerProbe probe(a);
  EXPECT_GT(probe.Compare(b).value, 0.5F);  // tables are built by now
  const int before = allocations;
  EXPECT_GT(probe.Compare(b).value, 0.5F);
  EXPECT_EQ(allocations, before);
}

// The same minutiae as from a record. What stands for the codes has cylinder_test.cc.
std::string WithoutCodes(FingerTemplate in) {
  in.has_codes = false;
  return Serialize(in);
}

TEST(Comparison, WithATemplateWithoutCodesLooksAtNoCodes) {
  const FingerTemplate a = RandomFinger(1, 40);
  FingerTemplate b = Moved(a, 0.3F, 20, 10);
  for (Minutia& m : b.minutiae) m.code = {};
  const float both = FingerProbe(WithoutCodes(a)).Compare(WithoutCodes(b)).value;
  EXPECT_GT(CalibrateScore({both}).value, 10);
  EXPECT_EQ(FingerProbe(Serialize(a)).Compare(WithoutCodes(b)).value, both);
  EXPECT_EQ(FingerProbe(WithoutCodes(a)).Compare(Serialize(b)).value, both);
  EXPECT_EQ(FingerProbe(WithoutCodes(a)).Explain(Serialize(b)).score.value, both);
  for (uint64_t seed = 2; seed < 30; ++seed) {
    const std::string stranger = Serialize(RandomFinger(seed, 40));
    EXPECT_LT(CalibrateScore(FingerProbe(WithoutCodes(a)).Compare(stranger)).value, 4) << seed;
  }
}

TEST(Comparison, WithoutCodesAllocatesNothing) {
  const std::string a = Serialize(RandomFinger(1, kMinutiaeMax));
  const std::string b = WithoutCodes(RandomFinger(1, kMinutiaeMax));
  const FingerProbe probe(a);
  const FingerProbe other(b);
  EXPECT_GT(probe.Compare(b).value + other.Compare(a).value, 0);  // tables are built by now
  const int before = allocations;
  EXPECT_GT(probe.Compare(b).value, 0);
  EXPECT_GT(other.Compare(a).value, 0);
  EXPECT_EQ(allocations, before);
}

TEST(Comparison, TakesTheSmallestTemplates) {
  const FingerTemplate a = RandomFinger(1, kMinutiaeMin);
  EXPECT_GE(ScoreOf(a, a), 0);
  EXPECT_LT(ScoreOf(a, a), ScoreOf(RandomFinger(1, 40), RandomFinger(1, 40)));
}

TEST(Calibration, RisesWithTheScoreAndIsBounded) {
  float last = -1e9F;
  for (float score = 0; score < 2; score += 0.005F) {
    const float llr = CalibrateScore({score}).value;
    EXPECT_GE(llr, last);
    last = llr;
  }
  EXPECT_GT(last, 10);
  EXPECT_EQ(CalibrateScore({100}).value, last);
  EXPECT_LT(CalibrateScore({0}).value, 0);
}

TEST(Calibration, PutsScoresOfCylindersOnTheSameScale) {
  float last = -1;
  for (float raw = 0; raw < 2; raw += 0.005F) {
    const ComparisonScore score = ScoreOfCylinders(raw);
    EXPECT_GE(score.value, last);
    last = score.value;
  }
  EXPECT_LT(CalibrateScore(ScoreOfCylinders(0)).value, 0);
  EXPECT_GT(CalibrateScore(ScoreOfCylinders(2)).value, 10);
  EXPECT_LE(CalibrateScore(ScoreOfCylinders(100)).value, CalibrateScore({100}).value);
}

}  // namespace
}  // namespace distinct::finger
