#include <array>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/simulation/world.h"

namespace distinct::simulation {
namespace {

constexpr std::array<std::string_view, 6> kFaultNames = {
    "none", "power_cut", "io_error", "io_error_from", "no_space", "no_space_from"};
constexpr std::array<std::string_view, 8> kBreachNames = {
    "none",        "no_sync",    "no_compare_and_set", "dead_original", "search_misses_last",
    "two_batches", "forgets_id", "policy_of_today"};

template <typename Enum, size_t count>
bool ParseName(std::string_view text, const std::array<std::string_view, count>& names,
               Enum& value) {
  for (size_t i = 0; i < count; ++i) {
    if (names[i] != text) continue;
    value = static_cast<Enum>(i);
    return true;
  }
  return false;
}

}  // namespace

std::string ToText(const Plan& plan) {
  std::string text = absl::StrCat("seed=", plan.seed);
  if (plan.fault.kind != FaultKind::kNone) {
    absl::StrAppend(&text,
                    " fault=", std::string(kFaultNames[static_cast<size_t>(plan.fault.kind)]), "@",
                    plan.fault.call);
  }
  if (plan.new_store) absl::StrAppend(&text, " new_store");
  if (plan.breach != Breach::kNone) {
    absl::StrAppend(&text, " breach=", std::string(kBreachNames[static_cast<size_t>(plan.breach)]));
  }
  return text;
}

bool Parse(const std::string& text, Plan& plan) {
  plan = {};
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(text, ' '))) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(word, absl::MaxSplits('=', 1));
    const std::pair<std::string, std::string> fault =
        absl::StrSplit(pair.second, absl::MaxSplits('@', 1));
    const bool known =
        (pair.first == "seed" && absl::SimpleAtoi(pair.second, &plan.seed)) ||
        (pair.first == "fault" && ParseName(fault.first, kFaultNames, plan.fault.kind) &&
         absl::SimpleAtoi(fault.second, &plan.fault.call)) ||
        (pair.first == "breach" && ParseName(pair.second, kBreachNames, plan.breach)) ||
        (word == "new_store" && (plan.new_store = true));
    if (!known) return false;
  }
  return true;
}

}  // namespace distinct::simulation
