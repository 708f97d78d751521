#include <utility>

#include "matchers/image/bytes.h"
#include "matchers/image/header.h"

namespace distinct::image {
namespace {

constexpr uint32_t kEndOfImage = 0xd9;
constexpr uint32_t kStartOfScan = 0xda;

// A start of frame, SOF0 to SOF15: all but DHT, JPG and DAC, which stand among them (T.81, B.1).
bool IsFrame(uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

bool HasNoLength(uint32_t marker) { return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8); }

// JFIF 1.02: "JFIF\0", version, unit (1: inch, 2: cm), x and y density.
void ReadJfif(std::string_view segment, Header& header) {
  if (segment.substr(0, 5) != std::string_view("JFIF\0", 5) || segment.size() < 12) return;
  const uint32_t unit = Byte(segment, 7);
  if (unit != 1 && unit != 2) return;
  const double per_inch = unit == 1 ? 1 : 2.54;
  header.x_dpi = Big16(segment, 8) * per_inch;
  header.y_dpi = Big16(segment, 10) * per_inch;
}

// The first marker at or after `at` that is neither a stuffed zero nor a restart.
uint64_t EndOfScan(std::string_view bytes, uint64_t at) {
  for (; Has(bytes, at, 2); ++at) {
    const uint32_t next = Byte(bytes, at + 1);
    if (Byte(bytes, at) == 0xff && next != 0 && next != 0xff && !HasNoLength(next)) return at;
  }
  return bytes.size();
}

// Once the frame is read the size is known, and a limit may be the better answer.
absl::StatusOr<Header> Broken(Header header, bool seen_frame, absl::Status status) {
  if (!seen_frame) return status;
  header.body = std::move(status);
  return header;
}

}  // namespace

absl::StatusOr<Header> ParseJpeg(std::string_view bytes) {
  Header header{.format = Format::kJpeg};
  bool seen_frame = false;
  bool seen_scan = false;
  for (uint64_t at = 2; Has(bytes, at, 2);) {
    if (Byte(bytes, at) != 0xff) {
      return Broken(
          header, seen_frame,
          absl::InvalidArgumentError(absl::StrCat(
              "image: got a damaged JPEG file, want a marker at byte ", at, "; send it again")));
    }
    const uint32_t marker = Byte(bytes, at + 1);
    if (marker == 0xff) {  // fill byte
      ++at;
      continue;
    }
    if (marker == kEndOfImage) {
      if (seen_frame && seen_scan) return header;
      return Broken(header, seen_frame, CutOff("JPEG", "its first scan"));
    }
    if (HasNoLength(marker)) {
      at += 2;
      continue;
    }
    const uint32_t length = Big16(bytes, at + 2);
    if (length < 2 || !Has(bytes, at + 2, length)) break;
    const std::string_view segment = bytes.substr(at + 4, length - 2);
    if (marker == 0xe0) ReadJfif(segment, header);
    if (IsFrame(marker)) {
      if (seen_frame) header.frames = 2;  // hierarchical JPEG; libjpeg takes the first only
      seen_frame = true;
      header.bits = static_cast<int>(Byte(segment, 0));
      header.height_px = Big16(segment, 1);
      header.width_px = Big16(segment, 3);
    }
    at += uint64_t{2} + length;
    if (marker == kStartOfScan) {
      seen_scan = true;
      at = EndOfScan(bytes, at);
    }
  }
  return Broken(header, seen_frame, CutOff("JPEG", "its end-of-image marker"));
}

}  // namespace distinct::image
