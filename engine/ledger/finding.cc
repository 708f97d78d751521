#include "engine/ledger/finding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace distinct::ledger {
namespace {

constexpr std::array<std::string_view, kChecks.size()> kCheckNames = {
    "SAMPLES_OF_ONE_POSITION_DIFFER",
    "SAME_FINGER_TWICE",
    "POSITIONS_SWAPPED",
    "REPLAY",
    "MIXED_RECORD",
    "TOO_FEW_USABLE_SAMPLES"};
constexpr std::array<std::string_view, 3> kActionNames = {"NOTE", "REVIEW", "REFUSE"};

template <size_t count>
std::string Listed(const std::array<std::string_view, count>& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, std::string_view name) {
    out->append(name.data(), name.size());
  });
}

}  // namespace

std::string_view CheckName(Check check) { return kCheckNames[static_cast<size_t>(check)]; }

std::string_view ActionName(FindingAction action) {
  return kActionNames[static_cast<size_t>(action)];
}

absl::Status FindingPolicy::Set(std::string_view text) {
  const size_t equals = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, equals);
  const std::string_view action = text.substr(std::min(equals + 1, text.size()));
  const auto* const check = std::find(kCheckNames.begin(), kCheckNames.end(), name);
  const auto* const asked = std::find(kActionNames.begin(), kActionNames.end(), action);
  if (check == kCheckNames.end() || asked == kActionNames.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("finding: got ", std::string(text), ", want NAME=ACTION with a name of ",
                     Listed(kCheckNames), " and an action of ", Listed(kActionNames)));
  }
  Set(kChecks[static_cast<size_t>(check - kCheckNames.begin())],
      static_cast<FindingAction>(asked - kActionNames.begin()));
  return absl::OkStatus();
}

}  // namespace distinct::ledger
