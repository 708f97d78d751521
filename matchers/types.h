// The words that every part of Distinct shares: positions, quality, scores and evidence.
// Terms follow ISO/IEC 2382-37 (biometric vocabulary).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace distinct {

// Where on the body a sample was captured. Fingers carry the numbers of ISO/IEC 19794-2, table 2.
enum class Position : uint8_t {
  kUnknownFinger = 0,
  kRightThumb = 1,
  kRightIndex = 2,
  kRightMiddle = 3,
  kRightRing = 4,
  kRightLittle = 5,
  kLeftThumb = 6,
  kLeftIndex = 7,
  kLeftMiddle = 8,
  kLeftRing = 9,
  kLeftLittle = 10,
  kFace = 16,
};

inline constexpr std::array<Position, 12> kPositions = {
    Position::kUnknownFinger, Position::kRightThumb,  Position::kRightIndex, Position::kRightMiddle,
    Position::kRightRing,     Position::kRightLittle, Position::kLeftThumb,  Position::kLeftIndex,
    Position::kLeftMiddle,    Position::kLeftRing,    Position::kLeftLittle, Position::kFace};

inline constexpr bool IsFinger(Position position) { return position != Position::kFace; }

// "RIGHT_INDEX", "UNKNOWN_FINGER", "FACE": the words of the API, the CLI and every report.
std::string_view PositionName(Position position);
std::optional<Position> ParsePosition(std::string_view name);
// The position with this number (ISO 0-10, face 16), or nothing.
std::optional<Position> PositionFromNumber(int number);

// How useful a sample is for comparison: 0 (useless) to 100 (best), as in ISO/IEC 29794-1.
struct Quality {
  int value = 0;
  auto operator<=>(const Quality&) const = default;
};

// Raw output of one algorithm for one pair. Higher is more alike; comparable only with scores of
// the same algorithm and version.
struct ComparisonScore {
  float value = 0;
  auto operator<=>(const ComparisonScore&) const = default;
};

// Calibrated evidence for "same source": natural logarithm of the likelihood ratio.
struct Llr {
  float value = 0;
  auto operator<=>(const Llr&) const = default;
};

}  // namespace distinct
