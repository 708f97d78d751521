// From an encoded file to pixels: PNG, JPEG, JPEG 2000 (J2K, JP2), TIFF, BMP, PGM and PPM.
//
//   bytes -> header.h reads the header and walks the file's parts -> limits -> OpenCV decodes
//
// The header is read by our own code before any decoder sees the file: a picture beyond the limits
// costs no memory, a file that was cut off is refused instead of half decoded (libjpeg, OpenJPEG
// and libtiff would fill the missing rows with grey and call it a success).
// Pure and thread-safe. libpng and libjpeg may print a line of their own on standard error when
// the compressed data inside a whole file is damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "matchers/image/image.h"

namespace distinct::image {

// What one sample may be. Always: one frame, at least 1 x 1 px, 1 to 16 bits a channel.
struct Limits {
  // A 4-finger slap at 1000 dpi, uncompressed, has 9.6 MB (3.2 x 3 inches, ANSI/NIST-ITL 14).
  size_t image_bytes_max = size_t{16} << 20;
  int side_px_max = 10'000;
  int64_t pixels_max = 40'000'000;  // a 40-megapixel camera; 120 MB as BGR while it is decoded
};

// 16-bit samples become 8-bit by round(value / 257). Colour becomes grey by the luma of ITU-R
// BT.601. Transparency is dropped. An orientation tag (EXIF, TIFF) is honoured.
// INVALID_ARGUMENT: not one of the formats, beyond a limit, more than one frame, cut off, or (grey
// only) pixels that are not square; the message says field, got, want, next step.
absl::StatusOr<GreyImage> DecodeGrey(std::string_view bytes, const Limits& limits = {});
absl::StatusOr<BgrImage> DecodeBgr(std::string_view bytes, const Limits& limits = {});

}  // namespace distinct::image
