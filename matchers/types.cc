#include "matchers/types.h"

#include <algorithm>

namespace distinct {
namespace {

struct NamedPosition {
  Position position;
  std::string_view name;
};

constexpr std::array<NamedPosition, kPositions.size()> kNames = {{
    {Position::kUnknownFinger, "UNKNOWN_FINGER"},
    {Position::kRightThumb, "RIGHT_THUMB"},
    {Position::kRightIndex, "RIGHT_INDEX"},
    {Position::kRightMiddle, "RIGHT_MIDDLE"},
    {Position::kRightRing, "RIGHT_RING"},
    {Position::kRightLittle, "RIGHT_LITTLE"},
    {Position::kLeftThumb, "LEFT_THUMB"},
    {Position::kLeftIndex, "LEFT_INDEX"},
    {Position::kLeftMiddle, "LEFT_MIDDLE"},
    {Position::kLeftRing, "LEFT_RING"},
    {Position::kLeftLittle, "LEFT_LITTLE"},
    {Position::kFace, "FACE"},
}};

}  // namespace

std::string_view PositionName(Position position) {
  const auto* found = std::find_if(kNames.begin(), kNames.end(),
                                   [&](const auto& n) { return n.position == position; });
  return found == kNames.end() ? std::string_view("INVALID") : found->name;
}

std::optional<Position> ParsePosition(std::string_view name) {
  const auto* found =
      std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return n.name == name; });
  if (found == kNames.end()) return std::nullopt;
  return found->position;
}

std::optional<Position> PositionFromNumber(int number) {
  const auto* found = std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) {
    return static_cast<int>(n.position) == number;
  });
  if (found == kNames.end()) return std::nullopt;
  return found->position;
}

}  // namespace distinct
