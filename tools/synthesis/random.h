// The seeded generator behind all synthetic data: xoroshiro128+ (Blackman and Vigna, 2018), seeded
// through splitmix64. Quick enough to draw every pixel, the same numbers on every machine.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace distinct::synthesis {

inline uint64_t Scramble(uint64_t value) {  // one step of splitmix64
  value += 0x9E3779B97F4A7C15u;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

// Value semantics: a copy goes on with the same numbers. Thread-compatible.
class Random {
 public:
  // The parts in order name the stream: {seed, person, position, what it is for}.
  explicit Random(std::initializer_list<uint64_t> parts) {
    uint64_t state = 0;
    for (const uint64_t part : parts) state = Scramble(state ^ Scramble(part));
    low_ = Scramble(state);
    high_ = Scramble(low_) | 1;  // the all-zero state would stay zero
  }

  uint64_t Next() {
    uint64_t low = low_;
    const uint64_t high = high_;
    const uint64_t result = low + high;
    low ^= high;
    low_ = ((low_ << 24) | (low_ >> 40)) ^ low ^ (low << 16);
    high_ = (low << 37) | (low >> 27);
    return result;
  }

  float Uniform() { return static_cast<float>(Next() >> 40) * 0x1p-24f; }  // in [0, 1)
  float Uniform(float low, float high) { return low + (high - low) * Uniform(); }
  bool Chance(float probability) { return Uniform() < probability; }
  int Below(int count) {  // in [0, count)
    return static_cast<int>(((Next() >> 32) * static_cast<uint64_t>(count)) >> 32);
  }

  // Sum of four uniform numbers: near Gaussian, ends at 3.46 deviations, so that no draw makes an
  // impossible finger. Quicker than Box-Muller, and free of libm.
  float Gaussian() {
    const uint64_t bits = Next();
    const auto sum = static_cast<float>((bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) +
                                        ((bits >> 32) & 0xFFFF) + (bits >> 48));
    return (sum * 0x1p-16f - 2.0f) * 1.7320508f;
  }
  float Gaussian(float mean, float deviation) { return mean + deviation * Gaussian(); }

 private:
  uint64_t low_ = 0;
  uint64_t high_ = 0;
};

}  // namespace distinct::synthesis
