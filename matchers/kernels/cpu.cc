#include "matchers/kernels/cpu.h"

#include <cpuid.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "matchers/check.h"

namespace distinct::kernels {
namespace {

constexpr std::array<CpuLevel, 3> kLevels = {CpuLevel::kScalar, CpuLevel::kAvx2, CpuLevel::kAvx512};

bool Supports(CpuLevel level) {
  switch (level) {
    case CpuLevel::kScalar:
      return true;
    case CpuLevel::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
             __builtin_cpu_supports("fma");
    case CpuLevel::kAvx512:
      return Supports(CpuLevel::kAvx2) && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vnni");
  }
  return false;
}

std::string NamesOf(const std::vector<CpuLevel>& levels) {
  std::string names;
  for (const CpuLevel level : levels) {
    if (!names.empty()) names += ", ";
    names += CpuLevelName(level);
  }
  return names;
}

}  // namespace

std::string_view CpuLevelName(CpuLevel level) {
  constexpr std::array<std::string_view, 3> kNames = {"scalar", "avx2", "avx512"};
  return kNames[static_cast<size_t>(level)];
}

std::vector<CpuLevel> SupportedLevels() {
  std::vector<CpuLevel> supported;
  for (const CpuLevel level : kLevels) {
    if (Supports(level)) supported.push_back(level);
  }
  return supported;
}

absl::StatusOr<CpuLevel> ChooseLevel(std::optional<std::string_view> requested) {
  const std::vector<CpuLevel> supported = SupportedLevels();
  if (!requested.has_value()) return supported.back();
  for (const CpuLevel level : kLevels) {
    if (CpuLevelName(level) != *requested) continue;
    if (Supports(level)) return level;
    return absl::FailedPreconditionError(
        absl::StrCat("DISTINCT_CPU_LEVEL: got ", std::string(*requested), ", want one of ",
                     NamesOf(supported), "; this CPU has no more, unset the variable"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("DISTINCT_CPU_LEVEL: got ", std::string(*requested), ", want one of ",
                   NamesOf(supported), "; correct or unset the variable"));
}

absl::StatusOr<CpuLevel> LevelFromEnvironment() {
  const char* value =
      std::getenv("DISTINCT_CPU_LEVEL");  // NOLINT(concurrency-mt-unsafe): read only
  if (value == nullptr || *value == '\0') return ChooseLevel(std::nullopt);
  return ChooseLevel(value);
}

CpuLevel ActiveLevel() {
  static const CpuLevel level = [] {
    const absl::StatusOr<CpuLevel> chosen = LevelFromEnvironment();
    CHECK(chosen.ok());
    return *chosen;
  }();
  return level;
}

std::string CpuModelName() {
  // The brand string: AMD64 Architecture Programmer's Manual, volume 3, functions 8000_0002 to 4.
  std::array<unsigned, 12> words{};
  if (static_cast<unsigned>(__get_cpuid_max(0x80000000U, nullptr)) < 0x80000004U)
    return "unknown CPU";
  for (unsigned leaf = 0; leaf < 3; ++leaf) {
    unsigned* w = words.data() + size_t{4} * leaf;
    __get_cpuid(0x80000002U + leaf, &w[0], &w[1], &w[2], &w[3]);
  }
  std::array<char, sizeof(words) + 1> text{};
  std::memcpy(text.data(), words.data(), sizeof(words));
  std::string name = text.data();
  name.erase(0, name.find_first_not_of(' '));
  name.erase(name.find_last_not_of(' ') + 1);
  return name;
}

}  // namespace distinct::kernels
