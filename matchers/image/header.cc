#include "matchers/image/header.h"

#include <cstdlib>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "matchers/image/bytes.h"

namespace distinct::image {

std::string_view FormatName(Format format) {
  switch (format) {
    case Format::kPng:
      return "PNG";
    case Format::kJpeg:
      return "JPEG";
    case Format::kJpeg2000:
      return "JPEG 2000";
    case Format::kTiff:
      return "TIFF";
    case Format::kBmp:
      return "BMP";
    case Format::kPnm:
      return "PGM";
  }
  return "";
}

namespace {

// Signatures hold zeros, which end a plain literal too early.
template <size_t kBytes>
bool Begins(std::string_view bytes, const char (&signature)[kBytes]) {
  return bytes.substr(0, kBytes - 1) == std::string_view(signature, kBytes - 1);
}

}  // namespace

absl::StatusOr<Header> ParseHeader(std::string_view bytes) {
  if (Begins(bytes, "\x89PNG\r\n\x1a\n")) return ParsePng(bytes);
  if (Begins(bytes, "\xff\xd8\xff")) return ParseJpeg(bytes);
  if (Begins(bytes, "\0\0\0\x0cjP  \r\n\x87\n") || Begins(bytes, "\xff\x4f\xff\x51")) {
    return ParseJpeg2000(bytes);
  }
  if (Begins(bytes, "II*\0") || Begins(bytes, "MM\0*")) {
    return ParseTiff(bytes);
  }
  if (Begins(bytes, "BM")) return ParseBmp(bytes);
  if (bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7') {
    return ParsePnm(bytes);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("image: got ", bytes.size(),
                   " bytes of no known format, want PNG, JPEG, JPEG 2000, TIFF, BMP or PGM; "
                   "send the picture in one of these"));
}

absl::StatusOr<Header> ParsePng(std::string_view bytes) {
  Header header{.format = Format::kPng};
  if (!Has(bytes, 8, 25) || bytes.substr(12, 4) != "IHDR" || Big32(bytes, 8) != 13) {
    return CutOff("PNG", "the end of its header");
  }
  header.width_px = Big32(bytes, 16);
  header.height_px = Big32(bytes, 20);
  header.bits = static_cast<int>(Byte(bytes, 24));
  for (uint64_t at = 33; Has(bytes, at, 12);) {  // a chunk: length, type, data, checksum
    const uint32_t length = Big32(bytes, at);
    const std::string_view type = bytes.substr(at + 4, 4);
    if (!Has(bytes, at, uint64_t{12} + length)) break;
    if (type == "IEND") return header;
    if (type == "acTL" && Big32(bytes, at + 8) > 1) header.frames = 2;
    if (type == "pHYs" && length == 9 && Byte(bytes, at + 16) == 1) {  // unit: metre
      header.x_dpi = Big32(bytes, at + 8) * kMetresPerInch;
      header.y_dpi = Big32(bytes, at + 12) * kMetresPerInch;
    }
    at += uint64_t{12} + length;
  }
  header.body = CutOff("PNG", "its IEND chunk");
  return header;
}

absl::StatusOr<Header> ParseBmp(std::string_view bytes) {
  Header header{.format = Format::kBmp};
  const uint32_t info_bytes = Little32(bytes, 14);
  if (!Has(bytes, 0, 26) || !Has(bytes, 14, info_bytes)) {
    return CutOff("BMP", "the end of its header");
  }
  uint64_t bits = 0;
  uint32_t compression = 0;
  if (info_bytes == 12) {  // BITMAPCOREHEADER
    header.width_px = Little16(bytes, 18);
    header.height_px = Little16(bytes, 20);
    bits = Little16(bytes, 24);
  } else if (info_bytes >= 40) {
    header.width_px = static_cast<int32_t>(Little32(bytes, 18));
    header.height_px =
        std::abs(int64_t{static_cast<int32_t>(Little32(bytes, 22))});  // < 0: top down
    bits = Little16(bytes, 28);
    compression = Little32(bytes, 30);
    header.x_dpi = Little32(bytes, 38) * kMetresPerInch;
    header.y_dpi = Little32(bytes, 42) * kMetresPerInch;
  } else {
    return absl::InvalidArgumentError(absl::StrCat("image.bmp_header_bytes: got ", info_bytes,
                                                   ", want 12 or at least 40; "
                                                   "send the picture as PNG"));
  }
  const bool bit_fields = compression == 3;
  if ((compression != 0 && !bit_fields) ||
      (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)) {
    return absl::InvalidArgumentError(
        absl::StrCat("image: got a BMP of compression ", compression, " and ", bits,
                     " bits a pixel, want an uncompressed one; send the picture as PNG"));
  }
  if (header.width_px < 1 || header.width_px > std::numeric_limits<int32_t>::max()) return header;
  const uint64_t row_bytes = (static_cast<uint64_t>(header.width_px) * bits + 31) / 32 * 4;
  if (!Has(bytes, Little32(bytes, 10), row_bytes * static_cast<uint64_t>(header.height_px))) {
    header.body = CutOff("BMP", "its last row");
  }
  return header;
}

namespace {

// Reads a decimal number after white space and comments; -1 if there is none. Moves `at`.
int64_t ReadPnmNumber(std::string_view bytes, uint64_t& at) {
  while (at < bytes.size()) {
    if (bytes[at] == '#') {
      while (at < bytes.size() && bytes[at] != '\n' && bytes[at] != '\r') ++at;
    } else if (std::string_view(" \t\n\r\v\f").find(bytes[at]) == std::string_view::npos) {
      break;
    } else {
      ++at;
    }
  }
  int64_t number = -1;
  for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9'; ++at) {
    if (number > std::numeric_limits<int32_t>::max()) return -1;
    number = (number < 0 ? 0 : number * 10) + (bytes[at] - '0');
  }
  return number;
}

}  // namespace

absl::StatusOr<Header> ParsePnm(std::string_view bytes) {
  Header header{.format = Format::kPnm};
  const char kind = bytes[1];
  if (kind != '2' && kind != '3' && kind != '5' && kind != '6') {
    return absl::InvalidArgumentError(absl::StrCat(
        "image: got Netpbm kind P", std::string(bytes.substr(1, 1)),
        ", want P2, P5 (PGM) or P3, P6 (PPM); send the picture as one of these or as PNG"));
  }
  uint64_t at = 2;
  header.width_px = ReadPnmNumber(bytes, at);
  header.height_px = ReadPnmNumber(bytes, at);
  const int64_t value_max = ReadPnmNumber(bytes, at);
  if (header.width_px < 0 || header.height_px < 0 || value_max < 0 || !Has(bytes, at, 1)) {
    return CutOff("PGM", "the end of its header");
  }
  if (value_max != 255 && value_max != 65535) {
    return absl::InvalidArgumentError(absl::StrCat(
        "image.maxval: got ", value_max, ", want 255 or 65535; scale the picture or send PNG"));
  }
  header.bits = value_max == 255 ? 8 : 16;
  const uint64_t channels = kind == '3' || kind == '6' ? 3 : 1;
  const uint64_t values =
      channels * static_cast<uint64_t>(header.width_px) * static_cast<uint64_t>(header.height_px);
  if (kind == '2' || kind == '3') {
    for (uint64_t i = 0; i < values; ++i) {
      if (ReadPnmNumber(bytes, at) >= 0) continue;
      header.body = CutOff("PGM", "its last value");
      break;
    }
    return header;
  }
  const uint64_t body_bytes = values * static_cast<uint64_t>(header.bits / 8);
  if (!Has(bytes, at + 1, body_bytes)) {
    header.body = CutOff("PGM", "its last row");
    return header;
  }
  const std::string_view rest = bytes.substr(at + 1 + body_bytes);
  if (rest.size() > 2 && rest[0] == 'P' && rest[1] >= '1' && rest[1] <= '7') header.frames = 2;
  return header;
}

}  // namespace distinct::image
