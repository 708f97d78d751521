// CPU levels: which instruction sets a kernel may use, chosen once at start and printed in every
// status and measurement.
//
//   DISTINCT_CPU_LEVEL (or nothing) -> ChooseLevel -> ActiveLevel() -> PerLevel<F>::At(level)
//
// A kernel is one function per level behind one row: a PerLevel in the kernel's .cc. Scalar is the
// definition; the other levels equal it (to the bit for integers). Files are compiled for the
// baseline and only functions marked with a target use more, so that no inline function of the
// standard library is compiled for a CPU that the machine may not be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace distinct::kernels {

enum class CpuLevel : uint8_t {
  kScalar,  // the x86-64 baseline
  kAvx2,    // with POPCNT and FMA
  kAvx512,  // F, BW, VL, VPOPCNTDQ and VNNI: Ice Lake, Zen 4 and later
};

// "scalar", "avx2", "avx512": the values of DISTINCT_CPU_LEVEL.
std::string_view CpuLevelName(CpuLevel level);

// The levels of this machine, rising; never empty.
std::vector<CpuLevel> SupportedLevels();

// The level to use: `requested` by name, or without it the highest supported.
// INVALID_ARGUMENT: no such level. FAILED_PRECONDITION: this CPU does not have it.
absl::StatusOr<CpuLevel> ChooseLevel(std::optional<std::string_view> requested);

// ChooseLevel() of the environment variable DISTINCT_CPU_LEVEL. Programs call it first and stop
// with its message; an empty value counts as unset.
absl::StatusOr<CpuLevel> LevelFromEnvironment();

// The level in use by this process; fixed by the first call, thread-safe.
// REQUIRES: LevelFromEnvironment() is OK.
CpuLevel ActiveLevel();

// As the CPU names itself: "AMD EPYC".
std::string CpuModelName();

// One kernel's functions, by level.
template <typename Function>
struct PerLevel {
  Function scalar;
  Function avx2;
  Function avx512;

  constexpr Function At(CpuLevel level) const {
    if (level == CpuLevel::kAvx512) return avx512;
    return level == CpuLevel::kAvx2 ? avx2 : scalar;
  }
};

}  // namespace distinct::kernels
