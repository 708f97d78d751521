// What an encoded picture says of itself, read without decoding it.
//
// ParseHeader() reads the size and walks the parts of the file (chunks, segments, boxes, strips) to
// its end, so that a file that was cut off is found here. It allocates nothing that grows with the
// numbers in the file. Sources: PNG W3C REC 2003; JPEG ITU-T T.81 and JFIF 1.02; JPEG 2000
// ITU-T T.800; TIFF 6.0; BMP as in Microsoft's BITMAPINFOHEADER; Netpbm's pgm(5) and ppm(5).
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace distinct::image {

enum class Format : uint8_t { kPng, kJpeg, kJpeg2000, kTiff, kBmp, kPnm };

std::string_view FormatName(Format format);

struct Header {
  Format format = Format::kPng;
  int64_t width_px = 0;  // as stored, before any orientation tag
  int64_t height_px = 0;
  int bits = 8;             // of the deepest channel
  int frames = 1;           // 2: more than one
  int64_t tile_pixels = 0;  // TIFF: of one tile, which a decoder allocates whole
  double x_dpi = 0;         // 0: not stated
  double y_dpi = 0;
  // INVALID_ARGUMENT: the file is cut off after its header, or damaged.
  absl::Status body = absl::OkStatus();
};

// INVALID_ARGUMENT: none of the formats, a variant that we do not read, or no whole header.
// Thread-safe. Never reads outside `bytes`, whatever they are.
absl::StatusOr<Header> ParseHeader(std::string_view bytes);

// One parser a format; `bytes` begins with the format's signature.
absl::StatusOr<Header> ParsePng(std::string_view bytes);
absl::StatusOr<Header> ParseJpeg(std::string_view bytes);
absl::StatusOr<Header> ParseJpeg2000(std::string_view bytes);
absl::StatusOr<Header> ParseTiff(std::string_view bytes);
absl::StatusOr<Header> ParseBmp(std::string_view bytes);
absl::StatusOr<Header> ParsePnm(std::string_view bytes);

}  // namespace distinct::image
