// Finger minutiae records of other makers: what a registry holds where the images were not kept.
//
//   ISO/IEC 19794-2:2005 ("FMR", version 20)   read and written
//   ANSI/INCITS 378-2004 (the same signature)  read
//
// The two differ in the header and in the unit of directions (1/256 turns against 2 degrees). ISO's
// length has four bytes, ANSI's two; so a record of at most 65,535 bytes is ISO's where the first
// two of these are zero. Extended data (ridge counts, cores and deltas, makers' own) is skipped.
// Worked examples: tests/matchers/formats/minutiae_record_test.cc. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "matchers/types.h"

namespace distinct::formats {

inline constexpr size_t kRecordBytesMax = 65'535;  // 42 views of 255 minutiae each
inline constexpr int kViewMinutiaeMax = 255;       // counted in a byte
// 250 dpi is the least that both standards allow; beyond 2000 no fingerprint scanner goes.
inline constexpr double kRecordDpiMin = 250;
inline constexpr double kRecordDpiMax = 2000;

enum class RecordStandard : uint8_t { kIso2005, kAnsi2004 };

// Conventions of matchers/finger/template.h: pixels at 500 dpi, x to the right, y down; direction
// counter-clockwise as displayed, 0 to the right, into an ending's ridge.
struct RecordMinutia {
  enum class Type : uint8_t { kOther = 0, kEnding = 1, kBifurcation = 2 };

  float x_px = 0, y_px = 0;
  float direction_rad = 0;  // [0, 2 pi)
  uint8_t quality = 0;      // 1 to 100; 0: not reported
  Type type = Type::kOther;
};

// One finger, captured once.
struct FingerView {
  Position position = Position::kUnknownFinger;
  uint8_t number = 0;      // of the views of one finger, 0 to 15
  uint8_t impression = 0;  // 0: live-scan plain; the standards' table of impression types
  uint8_t quality = 0;     // 0 to 100
  std::vector<RecordMinutia> minutiae;
};

struct MinutiaeRecord {
  RecordStandard standard = RecordStandard::kIso2005;
  double width_px = 0, height_px = 0;  // of the picture it was made from, at 500 dpi
  std::vector<FingerView> views;       // at least one
};

// Whether `bytes` begin as such a record does; another edition is told by ReadMinutiaeRecord().
bool IsMinutiaeRecord(std::string_view bytes);

// `dpi`: true resolution of the picture; 0: as the record states. Within 0.5 % of 500, places stay
// as they are: 197 pixels a centimetre is how 500 dpi is written.
// INVALID_ARGUMENT, with field, got, want, next step: another edition, a record that was cut off or
// contradicts its standard, no view, a resolution outside the limits.
absl::StatusOr<MinutiaeRecord> ReadMinutiaeRecord(std::string_view bytes, double dpi = 0);

// The view of `position`; of several, the one of best quality, the first of equals. A finger that
// caller or record leaves unknown is any finger, as long as the record holds only one.
// INVALID_ARGUMENT: none of that position, or more than one finger to choose from.
absl::StatusOr<const FingerView*> ChooseView(const MinutiaeRecord& record, Position position);

// ISO/IEC 19794-2:2005 at 500 dpi. Places are rounded to pixels, directions to 1/256 turns.
// REQUIRES: 1 to 255 views of at most 255 minutiae each, together within kRecordBytesMax; the
// ranges above; a size above 0. Places beyond 16,383 px, or outside, go to the border.
std::string WriteIsoRecord(const MinutiaeRecord& record);

}  // namespace distinct::formats
