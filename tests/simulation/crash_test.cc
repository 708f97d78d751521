// Simulated lives of a store with every fault a disk may have; see world.h for what is real in them
// and witness.h for what must hold. A failure prints the steps and how to repeat it:
//
//   DISTINCT_SIMULATION="seed=7 fault=power_cut@31" crash_simulation_test --gtest_filter=*Repeat*
//
// Longer runs: DISTINCT_SIMULATION_SCALE=20 takes 20 times the seeds, and every kind of fault at
// every call.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <tbb/global_control.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/simulation/world.h"

namespace distinct::simulation {
namespace {

constexpr FaultKind kFaults[] = {FaultKind::kPowerCut, FaultKind::kIoError, FaultKind::kNoSpace,
                                 FaultKind::kIoErrorFrom, FaultKind::kNoSpaceFrom};
constexpr size_t kFaultCount = std::size(kFaults);
// A life makes some 120 calls that change the disk; a fault at a later one never comes.
constexpr uint64_t kCallsDrawn = 140;

uint64_t Scale() {
  const char* text = std::getenv("DISTINCT_SIMULATION_SCALE");
  uint64_t scale = 1;
  if (text != nullptr && !absl::SimpleAtoi(text, &scale)) {
    ADD_FAILURE() << "DISTINCT_SIMULATION_SCALE: got " << text << ", want a number; give one";
  }
  return scale;
}

class CrashSimulation : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { spdlog::set_level(spdlog::level::off); }

  // Runs one and says what was broken; false ends a sweep.
  bool Holds(const Plan& plan) {
    Outcome outcome = Simulate(plan);
    ++lives_;
    starts_ += static_cast<uint64_t>(outcome.starts);
    faults_ += outcome.failures > 0 ? 1 : 0;
    for (size_t kind = 0; kind < decisions_.size(); ++kind) {
      decisions_[kind] += outcome.decisions[kind];
    }
    processing_failed_ += outcome.processing_failed;
    if (outcome.broken.empty()) return true;
    ADD_FAILURE() << outcome.broken << "\n  " << absl::StrJoin(outcome.trace, "\n  ")
                  << "\nrepeat with: DISTINCT_SIMULATION=\"" << ToText(plan)
                  << "\" crash_simulation_test --gtest_filter=*Repeat*";
    return false;
  }
  // Lets that call of the disk fail; false if the life made no such call, or something was broken.
  // One kind of fault a call, another for the next seed: ten lives see each kind at a call twice.
  // In longer runs all kinds.
  bool FailAt(uint64_t call, Plan plan) {
    const uint64_t before = faults_;
    for (uint64_t k = 0; k < (Scale() > 1 ? kFaultCount : 1); ++k) {
      plan.fault = {kFaults[(plan.seed + call + k) % kFaultCount], call};
      if (!Holds(plan)) return false;
    }
    return faults_ > before;
  }
  uint64_t faults() const { return faults_; }

  void TearDown() override {
    if (lives_ == 0) return;
    std::cout << lives_ << " lives, " << faults_ << " with a fault, " << starts_ << " starts; "
              << decisions_[1] << " UNIQUE, " << decisions_[2] << " DUPLICATE, " << decisions_[3]
              << " REVIEW (" << processing_failed_ << " given up), " << decisions_[4]
              << " REFUSED, " << decisions_[5] << " WITHDRAWN\n";
  }

 private:
  // Searches of a handful of people: waking other threads takes longer.
  tbb::global_control one_thread_{tbb::global_control::max_allowed_parallelism, 1};
  uint64_t lives_ = 0, starts_ = 0, faults_ = 0;
  std::array<int, 7> decisions_{};
  int processing_failed_ = 0;
};

TEST_F(CrashSimulation, EveryDiskCallOfTenLivesMayFail) {
  for (uint64_t seed = 0; seed < 10 * Scale(); ++seed) {
    for (uint64_t call = 1; FailAt(call, {seed, {}, false, Breach::kNone}); ++call) {
    }
  }
  EXPECT_GT(faults(), 1000 * Scale()) << "lives too short to mean anything";
}

TEST_F(CrashSimulation, EveryDiskCallOfACreationMayFail) {
  constexpr uint64_t kCallsAfter = 10;  // the first of what follows
  const uint64_t creation = Simulate({3, {}, true, Breach::kNone}).calls_to_start;
  for (uint64_t call = 1; call <= creation + kCallsAfter; ++call) {
    ASSERT_TRUE(FailAt(call, {3, {}, true, Breach::kNone}));
  }
}

TEST_F(CrashSimulation, AThousandLivesHaveOneFaultEach) {
  for (uint64_t seed = 1000; faults() < 1000 * Scale(); ++seed) {
    const Fault fault{kFaults[seed % kFaultCount], 1 + (seed * 7919) % kCallsDrawn};
    if (!Holds({seed, fault, false, Breach::kNone})) return;
  }
}

TEST_F(CrashSimulation, OneSeedReplaysAll) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Plan plan{seed, {kFaults[seed % kFaultCount], 40 + 4 * seed}, false, Breach::kNone};
    const Outcome first = Simulate(plan), second = Simulate(plan);
    EXPECT_EQ(first.trace, second.trace) << ToText(plan);
    EXPECT_EQ(first.calls, second.calls) << ToText(plan);
  }
}

struct Broken {
  Breach breach;
  uint64_t lives_max;   // within which it must be noticed
  const char* noticed;  // the invariant that is broken first
};

TEST_F(CrashSimulation, EveryBrokenRuleIsNoticed) {
  for (const Broken& broken :
       {Broken{Breach::kNoSync, 50, "I3"}, Broken{Breach::kNoCompareAndSet, 50, "I2"},
        Broken{Breach::kDeadOriginal, 1000, "I5"}, Broken{Breach::kSearchMissesLast, 50, "I1"},
        Broken{Breach::kTwoBatches, 500, "I3"}, Broken{Breach::kForgetsErasedId, 50, "I3"},
        Broken{Breach::kPolicyOfToday, 500, "I7"}}) {
    std::string message;
    uint64_t life = 0;
    for (; life < broken.lives_max && message.empty(); ++life) {
      const Fault fault{FaultKind::kPowerCut, 1 + (life * 7919) % kCallsDrawn};
      message = Simulate({life, fault, false, broken.breach}).broken;
    }
    const std::string name = ToText({0, {}, false, broken.breach});
    EXPECT_FALSE(message.empty()) << name << " was not noticed in " << life << " lives";
    EXPECT_TRUE(message.starts_with(broken.noticed)) << name << ": " << message;
    std::cout << name << ": life " << life << ": " << message << "\n";
  }
}

// The life that DISTINCT_SIMULATION names, if it names one.
std::vector<std::string> Asked() {
  const char* text = std::getenv("DISTINCT_SIMULATION");
  return text == nullptr ? std::vector<std::string>() : std::vector<std::string>{text};
}

class CrashSimulationRepeat : public CrashSimulation,
                              public ::testing::WithParamInterface<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CrashSimulationRepeat);
INSTANTIATE_TEST_SUITE_P(Asked, CrashSimulationRepeat, ::testing::ValuesIn(Asked()));

TEST_P(CrashSimulationRepeat, One) {
  Plan plan;
  ASSERT_TRUE(Parse(GetParam(), plan)) << "DISTINCT_SIMULATION: got " << GetParam()
                                       << ", want seed=N [fault=KIND@N] [new_store] [breach=NAME]";
  const Outcome outcome = Simulate(plan);
  std::cout << absl::StrJoin(outcome.trace, "\n") << "\n";
  EXPECT_EQ(outcome.broken, "");
}

TEST(CrashSimulationPlan, APlanIsReadBackAsItIsWritten) {
  for (const Plan& plan : {Plan{7, {FaultKind::kNoSpaceFrom, 31}, true, Breach::kTwoBatches},
                           Plan{0, {}, false, Breach::kNone}}) {
    Plan read;
    ASSERT_TRUE(Parse(ToText(plan), read));
    EXPECT_EQ(ToText(read), ToText(plan));
  }
  Plan read;
  EXPECT_FALSE(Parse("seed=x", read));
  EXPECT_FALSE(Parse("seed=1 fault=fire@3", read));
}

}  // namespace
}  // namespace distinct::simulation
