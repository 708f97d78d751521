#include "matchers/kernels/cpu.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/status_matchers.h"

namespace distinct::kernels {
namespace {

using ::distinct::testing::StatusIs;

TEST(Cpu, WithoutARequestTheHighestSupportedLevelIsChosen) {
  EXPECT_EQ(ChooseLevel(std::nullopt).value(), SupportedLevels().back());
}

TEST(Cpu, EverySupportedLevelCanBeChosenByItsName) {
  for (const CpuLevel level : SupportedLevels()) {
    EXPECT_EQ(ChooseLevel(CpuLevelName(level)).value(), level);
  }
}

TEST(Cpu, AnUnknownLevelIsRefusedWithTheValuesOfThisMachine) {
  const auto chosen = ChooseLevel("avx1024");
  EXPECT_THAT(chosen, StatusIs(absl::StatusCode::kInvalidArgument, "got avx1024, want one of"));
  for (const CpuLevel level : SupportedLevels()) {
    EXPECT_THAT(chosen, StatusIs(absl::StatusCode::kInvalidArgument, CpuLevelName(level)));
  }
}

TEST(Cpu, ALevelThatTheCpuLacksIsRefused) {
  const std::vector<CpuLevel> supported = SupportedLevels();
  for (const CpuLevel level : {CpuLevel::kScalar, CpuLevel::kAvx2, CpuLevel::kAvx512}) {
    if (std::count(supported.begin(), supported.end(), level) > 0) continue;
    EXPECT_THAT(ChooseLevel(CpuLevelName(level)),
                StatusIs(absl::StatusCode::kFailedPrecondition, "this CPU has no more"));
  }
}

TEST(Cpu, TheActiveLevelIsTheOneOfTheEnvironment) {
  EXPECT_EQ(ActiveLevel(), LevelFromEnvironment().value());
}

TEST(Cpu, TheModelHasAName) { EXPECT_FALSE(CpuModelName().empty()); }

}  // namespace
}  // namespace distinct::kernels
