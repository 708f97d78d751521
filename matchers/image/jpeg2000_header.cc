#include <algorithm>
#include <cmath>

#include "matchers/image/bytes.h"
#include "matchers/image/header.h"
#include "matchers/status.h"

namespace distinct::image {
namespace {

constexpr uint32_t kStartOfTilePart = 0xff90;
constexpr uint32_t kEndOfCodestream = 0xffd9;

// Walks the tile-parts, each of which states its length (T.800, A.4.2), to the end marker.
absl::Status CheckTileParts(std::string_view bytes, uint64_t at) {
  while (Has(bytes, at, 2)) {
    const uint32_t marker = Big16(bytes, at);
    if (marker == kEndOfCodestream) return absl::OkStatus();
    if (marker != kStartOfTilePart || !Has(bytes, at, 12)) break;
    const uint32_t length = Big32(bytes, at + 6);
    if (length == 0) {  // the last tile-part, up to the end marker
      if (Big16(bytes, bytes.size() - 2) == kEndOfCodestream) return absl::OkStatus();
      break;
    }
    if (length < 14) break;
    at += length;
  }
  return CutOff("JPEG 2000", "its end-of-codestream marker");
}

absl::Status ReadCodestream(std::string_view bytes, Header& header) {
  if (!Has(bytes, 0, 42) || Big32(bytes, 0) != 0xff4fff51) {
    return CutOff("JPEG 2000", "the end of its SIZ segment");
  }
  header.width_px = int64_t{Big32(bytes, 8)} - Big32(bytes, 16);
  header.height_px = int64_t{Big32(bytes, 12)} - Big32(bytes, 20);
  const uint32_t components = Big16(bytes, 40);
  if (components < 1 || components > 4) {
    return absl::InvalidArgumentError(
        absl::StrCat("image.components: got ", components, ", want 1 to 4; send grey or colour"));
  }
  header.bits = 0;
  for (uint32_t i = 0; i < components; ++i) {
    header.bits = std::max(header.bits, static_cast<int>(Byte(bytes, 42 + 3 * i) & 0x7f) + 1);
  }
  uint64_t at = 2;  // main header: segments up to the first tile-part
  while (Has(bytes, at, 4) && Big16(bytes, at) != kStartOfTilePart) {
    if (Byte(bytes, at) != 0xff) break;
    at += uint64_t{2} + Big16(bytes, at + 2);
  }
  header.body = CheckTileParts(bytes, at);
  return absl::OkStatus();
}

// Capture ('resc') or display ('resd') resolution in points per metre (T.800, I.5.3.7).
void ReadResolution(std::string_view box, Header& header) {
  const auto per_metre = [&](uint64_t fraction_at, uint64_t exponent_at) {
    const double denominator = Big16(box, fraction_at + 2);
    const auto exponent = static_cast<int8_t>(Byte(box, exponent_at));
    return denominator == 0 ? 0 : Big16(box, fraction_at) / denominator * std::pow(10, exponent);
  };
  if (box.size() < 10) return;
  header.y_dpi = per_metre(0, 8) * kMetresPerInch;
  header.x_dpi = per_metre(4, 9) * kMetresPerInch;
}

// Walks JP2 boxes until the codestream, entering the two that hold boxes ('jp2h', in it 'res ').
// True: it was found.
absl::StatusOr<bool> ReadBoxes(std::string_view bytes, int depth, Header& header) {
  for (uint64_t at = 0; Has(bytes, at, 8);) {
    uint64_t head_bytes = 8;
    uint64_t length = Big32(bytes, at);
    if (length == 1) {  // 64-bit length follows
      head_bytes = 16;
      length = uint64_t{Big32(bytes, at + 8)} << 32 | Big32(bytes, at + 12);
    } else if (length == 0) {  // up to the end of the file
      length = bytes.size() - at;
    }
    const std::string_view type = bytes.substr(at + 4, 4);
    const bool whole = length >= head_bytes && Has(bytes, at, length);
    if (!whole && type == "jp2c" && Has(bytes, at, head_bytes)) {
      RETURN_IF_ERROR(ReadCodestream(bytes.substr(at + head_bytes), header));
      header.body = CutOff("JP2", "the end of its codestream");
      return true;
    }
    if (!whole) return CutOff("JP2", "the end of a box");
    const std::string_view box = bytes.substr(at + head_bytes, length - head_bytes);
    if (type == "jp2c") {
      RETURN_IF_ERROR(ReadCodestream(box, header));
      return true;
    }
    if (type == "resc" || (type == "resd" && header.x_dpi == 0)) ReadResolution(box, header);
    if (depth < 2 && (type == "jp2h" || type == "res ")) {
      ASSIGN_OR_RETURN(const bool found, ReadBoxes(box, depth + 1, header));
      if (found) return true;
    }
    at += length;
  }
  return false;
}

}  // namespace

absl::StatusOr<Header> ParseJpeg2000(std::string_view bytes) {
  Header header{.format = Format::kJpeg2000};
  if (Byte(bytes, 0) == 0xff) {
    RETURN_IF_ERROR(ReadCodestream(bytes, header));
    return header;
  }
  ASSIGN_OR_RETURN(const bool found, ReadBoxes(bytes, 0, header));
  if (!found) return CutOff("JP2", "its codestream");
  return header;
}

}  // namespace distinct::image
