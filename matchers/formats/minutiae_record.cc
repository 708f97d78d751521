#include "matchers/formats/minutiae_record.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::formats {
namespace {

constexpr std::string_view kSignature("FMR\0", 4);
constexpr std::string_view kVersion(" 20\0", 4);  // of both standards

// 19794-2:2005, 7.3 and 7.4; 378-2004, 6.3 and 6.4. ANSI's header has a two-byte length and four
// bytes of the product that wrote it.
constexpr size_t kIsoHeaderBytes = 24;
constexpr size_t kAnsiHeaderBytes = 26;
constexpr size_t kViewHeaderBytes = 4;
constexpr size_t kMinutiaBytes = 6;
constexpr size_t kExtendedLengthBytes = 2;
constexpr int kFingersMax = 10;

constexpr double kCentimetresPerInch = 2.54;
constexpr double kDpi = 500;
constexpr double kKept = 0.005;                 // of a deviation from 500 dpi: image/resolution.h
constexpr uint32_t kPixelsPerCentimetre = 197;  // 500 dpi, as everybody writes it
constexpr float kTurn = 2 * std::numbers::pi_v<float>;
constexpr uint32_t kAnsiDirections = 180;  // units of 2 degrees
constexpr uint32_t kIsoDirections = 256;
constexpr uint32_t kPlaceMax = 0x3FFF;  // 14 bits
constexpr uint32_t kQualityMax = 100;
// Codes of later editions, found in records that state this one: not attempted, failed.
constexpr uint32_t kQualityCodes = 254;

uint32_t Byte(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }
uint32_t Big16(std::string_view bytes, size_t at) {
  return Byte(bytes, at) << 8 | Byte(bytes, at + 1);
}
uint32_t Big32(std::string_view bytes, size_t at) {
  return Big16(bytes, at) << 16 | Big16(bytes, at + 2);
}

template <typename Got, typename Want>
absl::Status Refuse(std::string_view field, const Got& got, const Want& want) {
  return absl::InvalidArgumentError(absl::StrCat("record", std::string(field), ": got ", got,
                                                 ", want ", want,
                                                 "; send the image, or the record as exported"));
}

// What both headers say, and where the views begin.
struct Header {
  RecordStandard standard = RecordStandard::kIso2005;
  size_t record_bytes = 0;
  uint32_t width = 0, height = 0;       // px of the picture
  uint32_t x_per_cm = 0, y_per_cm = 0;  // px
  uint32_t views = 0;
  size_t end = 0;
};

absl::StatusOr<Header> ReadHeader(std::string_view bytes) {
  if (bytes.size() > kRecordBytesMax) {
    return Refuse("", absl::StrCat(bytes.size(), " bytes"),
                  absl::StrCat("at most ", kRecordBytesMax));
  }
  if (!IsMinutiaeRecord(bytes)) return Refuse("", "other leading bytes", "\"FMR\" and a zero");
  if (bytes.size() < kAnsiHeaderBytes) {
    return Refuse(
        "", absl::StrCat(bytes.size(), " bytes"),
        absl::StrCat("a header of ", kIsoHeaderBytes, " or ", kAnsiHeaderBytes, " and a view"));
  }
  if (bytes.substr(kSignature.size(), kVersion.size()) != kVersion) {
    const uint32_t got = Big32(bytes, kSignature.size());
    return Refuse(".version", absl::StrCat("0x", absl::Hex(got, absl::kZeroPad8)),
                  "\" 20\", ISO/IEC 19794-2:2005 or ANSI 378-2004");
  }
  Header header;
  const bool ansi = Big16(bytes, 8) != 0;
  header.standard = ansi ? RecordStandard::kAnsi2004 : RecordStandard::kIso2005;
  header.record_bytes = ansi ? Big16(bytes, 8) : Big32(bytes, 8);
  header.end = ansi ? kAnsiHeaderBytes : kIsoHeaderBytes;
  // Fields from the picture's size on stand alike before the header's end.
  header.width = Big16(bytes, header.end - 10);
  header.height = Big16(bytes, header.end - 8);
  header.x_per_cm = Big16(bytes, header.end - 6);
  header.y_per_cm = Big16(bytes, header.end - 4);
  header.views = Byte(bytes, header.end - 2);
  // More bytes than the record's: readers' programs hand on buffers of a fixed size.
  if (header.record_bytes < header.end || header.record_bytes > bytes.size()) {
    return Refuse(".length", header.record_bytes,
                  absl::StrCat(header.end, " to the ", bytes.size(), " bytes that were sent"));
  }
  if (header.views == 0) return Refuse(".views", 0, "at least 1");
  if (header.width == 0 || header.height == 0) {
    return Refuse(".size", absl::StrCat(header.width, " x ", header.height, " px"),
                  "the size of the picture");
  }
  return header;
}

// From the record's pixels to pixels at 500 dpi, along one axis. Pixel centres lie at halves.
struct Scale {
  double factor = 1;
  double Length(double px) const { return px * factor; }
  float Place(uint32_t px) const {
    return static_cast<float>(std::max(0.0, (px + 0.5) * factor - 0.5));
  }
};

absl::StatusOr<Scale> ScaleOf(std::string_view field, uint32_t per_cm, double stated_dpi) {
  const double dpi = stated_dpi > 0 ? stated_dpi : per_cm * kCentimetresPerInch;
  if (!(dpi >= kRecordDpiMin && dpi <= kRecordDpiMax)) {
    return absl::InvalidArgumentError(
        absl::StrCat("record.", std::string(field), ": got ", dpi, " dpi, want ", kRecordDpiMin,
                     " to ", kRecordDpiMax, "; send the scanner's true resolution"));
  }
  if (std::abs(dpi / kDpi - 1) <= kKept) return Scale{};
  return Scale{kDpi / dpi};
}

// Field of minutia `i` of view `v`, for messages.
std::string MinutiaField(size_t v, size_t i, std::string_view field) {
  return absl::StrCat(".views[", v, "].minutiae[", i, "].", std::string(field));
}

class ViewReader {
 public:
  ViewReader(std::string_view bytes, const Header& header, Scale x, Scale y)
      : bytes_(bytes.substr(0, header.record_bytes)), header_(header), x_(x), y_(y) {}

  absl::StatusOr<std::vector<FingerView>> ReadAll() {
    std::vector<FingerView> views;
    size_t at = header_.end;
    for (size_t v = 0; v < header_.views; ++v) {
      ASSIGN_OR_RETURN(FingerView view, ReadView(v, at));
      at += kViewHeaderBytes + kMinutiaBytes * view.minutiae.size();
      views.push_back(std::move(view));
      // Of the last view, extended data that is shorter than stated, or missing, costs no minutia;
      // a reference record of NIST's is one byte short.
      if (v + 1 == header_.views) break;
      if (bytes_.size() - at < kExtendedLengthBytes) return CutOff(v + 1);
      at += kExtendedLengthBytes + Big16(bytes_, at);
    }
    return views;
  }

 private:
  absl::Status CutOff(size_t v) const {
    return Refuse("", absl::StrCat(bytes_.size(), " bytes, which end in views[", v, "]"),
                  absl::StrCat(header_.views, " whole views"));
  }

  absl::StatusOr<FingerView> ReadView(size_t v, size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < kViewHeaderBytes) return CutOff(v);
    FingerView view;
    const uint32_t position = Byte(bytes_, at);
    const uint32_t quality = Byte(bytes_, at + 2);
    const size_t minutiae = Byte(bytes_, at + 3);
    if (position > kFingersMax) {
      return Refuse(absl::StrCat(".views[", v, "].position"), position, "0 to 10, one finger");
    }
    view.position = *PositionFromNumber(static_cast<int>(position));
    view.number = static_cast<uint8_t>(Byte(bytes_, at + 1) >> 4);
    view.impression = static_cast<uint8_t>(Byte(bytes_, at + 1) & 0xF);
    ASSIGN_OR_RETURN(view.quality, QualityOf(absl::StrCat(".views[", v, "].quality"), quality));
    at += kViewHeaderBytes;
    if ((bytes_.size() - at) / kMinutiaBytes < minutiae) return CutOff(v);
    view.minutiae.reserve(minutiae);
    for (size_t i = 0; i < minutiae; ++i) {
      ASSIGN_OR_RETURN(const RecordMinutia minutia, ReadMinutia(v, i, at + i * kMinutiaBytes));
      view.minutiae.push_back(minutia);
    }
    return view;
  }

  absl::StatusOr<RecordMinutia> ReadMinutia(size_t v, size_t i, size_t at) const {
    const uint32_t type = Byte(bytes_, at) >> 6;
    const uint32_t x = Big16(bytes_, at) & kPlaceMax;
    const uint32_t y = Big16(bytes_, at + 2) & kPlaceMax;
    const uint32_t direction = Byte(bytes_, at + 4);
    const bool ansi = header_.standard == RecordStandard::kAnsi2004;
    const uint32_t directions = ansi ? kAnsiDirections : kIsoDirections;
    if (type > static_cast<uint32_t>(RecordMinutia::Type::kBifurcation)) {
      return Refuse(MinutiaField(v, i, "type"), type, "0 to 2");
    }
    if (x >= header_.width || y >= header_.height) {
      return Refuse(MinutiaField(v, i, "place"), absl::StrCat("(", x, ", ", y, ")"),
                    absl::StrCat("one inside ", header_.width, " x ", header_.height, " px"));
    }
    if (direction >= directions) {
      return Refuse(MinutiaField(v, i, "direction"), direction,
                    absl::StrCat("less than ", directions));
    }
    RecordMinutia minutia;
    minutia.type = static_cast<RecordMinutia::Type>(type);
    minutia.x_px = x_.Place(x);
    minutia.y_px = y_.Place(y);
    minutia.direction_rad =
        Scaled(kTurn * static_cast<float>(direction) / static_cast<float>(directions));
    ASSIGN_OR_RETURN(minutia.quality,
                     QualityOf(MinutiaField(v, i, "quality"), Byte(bytes_, at + 5)));
    return minutia;
  }

  static absl::StatusOr<uint8_t> QualityOf(const std::string& field, uint32_t quality) {
    if (quality >= kQualityCodes) return uint8_t{0};
    if (quality > kQualityMax) return Refuse(field, quality, "0 to 100");
    return static_cast<uint8_t>(quality);
  }

  // Pixels that are not square turn directions.
  float Scaled(float direction_rad) const {
    if (x_.factor == y_.factor) return direction_rad;
    const double turned =
        std::atan2(y_.factor * std::sin(direction_rad), x_.factor * std::cos(direction_rad));
    const auto out = static_cast<float>(turned < 0 ? turned + kTurn : turned);
    return out < kTurn ? out : 0;
  }

  std::string_view bytes_;
  const Header& header_;
  Scale x_, y_;
};

void PutBig16(std::string& out, uint32_t value) {
  out.push_back(static_cast<char>(value >> 8 & 0xFF));
  out.push_back(static_cast<char>(value & 0xFF));
}

uint32_t ToPixels(double px, uint32_t max) {
  return static_cast<uint32_t>(std::clamp<int64_t>(std::llround(px), 0, max));
}

void PutView(std::string& out, const FingerView& view, uint32_t width, uint32_t height) {
  CHECK(view.minutiae.size() <= kViewMinutiaeMax && IsFinger(view.position));
  CHECK(view.number < 16 && view.impression < 16 && view.quality <= kQualityMax);
  out.push_back(static_cast<char>(view.position));
  out.push_back(static_cast<char>(view.number << 4 | view.impression));
  out.push_back(static_cast<char>(view.quality));
  out.push_back(static_cast<char>(view.minutiae.size()));
  for (const RecordMinutia& minutia : view.minutiae) {
    CHECK(minutia.quality <= kQualityMax);
    PutBig16(out, static_cast<uint32_t>(minutia.type) << 14 | ToPixels(minutia.x_px, width - 1));
    PutBig16(out, ToPixels(minutia.y_px, height - 1));
    out.push_back(static_cast<char>(
        std::lround(minutia.direction_rad / kTurn * static_cast<float>(kIsoDirections)) & 0xFF));
    out.push_back(static_cast<char>(minutia.quality));
  }
  PutBig16(out, 0);  // no extended data
}

}  // namespace

bool IsMinutiaeRecord(std::string_view bytes) { return bytes.starts_with(kSignature); }

absl::StatusOr<MinutiaeRecord> ReadMinutiaeRecord(std::string_view bytes, double dpi) {
  ASSIGN_OR_RETURN(const Header header, ReadHeader(bytes));
  ASSIGN_OR_RETURN(const Scale x, ScaleOf("x_resolution", header.x_per_cm, dpi));
  ASSIGN_OR_RETURN(const Scale y, ScaleOf("y_resolution", header.y_per_cm, dpi));
  MinutiaeRecord record;
  record.standard = header.standard;
  record.width_px = x.Length(header.width);
  record.height_px = y.Length(header.height);
  ASSIGN_OR_RETURN(record.views, ViewReader(bytes, header, x, y).ReadAll());
  return record;
}

absl::StatusOr<const FingerView*> ChooseView(const MinutiaeRecord& record, Position position) {
  const FingerView* best = nullptr;
  const FingerView* other = nullptr;  // of another finger than `best`
  std::string held;
  for (const FingerView& view : record.views) {
    absl::StrAppend(&held, held.empty() ? "" : ", ", std::string(PositionName(view.position)));
    const bool any =
        position == Position::kUnknownFinger || view.position == Position::kUnknownFinger;
    if (!any && view.position != position) continue;
    if (best == nullptr) {
      best = &view;
      continue;
    }
    if (view.position != best->position) other = &view;
    if (view.quality > best->quality) best = &view;
  }
  if (best == nullptr || other != nullptr) {
    return Refuse(".views", held,
                  best == nullptr
                      ? absl::StrCat("one of ", std::string(PositionName(position)))
                      : std::string("one finger, or the position of that which is meant"));
  }
  return best;
}

std::string WriteIsoRecord(const MinutiaeRecord& record) {
  CHECK(!record.views.empty() && record.views.size() <= 255);  // a byte counts them
  CHECK(record.width_px > 0 && record.height_px > 0);
  const uint32_t width = ToPixels(std::ceil(record.width_px), kPlaceMax);
  const uint32_t height = ToPixels(std::ceil(record.height_px), kPlaceMax);
  std::string views;
  for (const FingerView& view : record.views) PutView(views, view, width, height);
  const size_t length = kIsoHeaderBytes + views.size();
  CHECK(length <= kRecordBytesMax);
  std::string out(kSignature);
  out += kVersion;
  PutBig16(out, 0);
  PutBig16(out, static_cast<uint32_t>(length));
  PutBig16(out, 0);  // capture equipment: not stated
  PutBig16(out, width);
  PutBig16(out, height);
  PutBig16(out, kPixelsPerCentimetre);
  PutBig16(out, kPixelsPerCentimetre);
  out.push_back(static_cast<char>(record.views.size()));
  out.push_back(0);
  return out + views;
}

}  // namespace distinct::formats
