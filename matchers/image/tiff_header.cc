#include <algorithm>
#include <array>

#include "matchers/image/bytes.h"
#include "matchers/image/header.h"

namespace distinct::image {
namespace {

// Tags of TIFF 6.0, section 8 and 15.
enum Tag : uint32_t {
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kStripOffsets = 273,
  kSamplesPerPixel = 277,
  kStripBytes = 279,
  kXResolution = 282,
  kYResolution = 283,
  kResolutionUnit = 296,
  kTileWidth = 322,
  kTileHeight = 323,
  kTileOffsets = 324,
  kTileBytes = 325,
  kSampleFormat = 339,
};

struct Field {
  uint32_t type = 0;
  uint32_t count = 0;
  uint64_t at = 0;  // of the values
};

// The first directory of a TIFF file, in the file's own byte order.
class Directory {
 public:
  explicit Directory(std::string_view bytes) : bytes_(bytes), big_(bytes[0] == 'M') {
    at_ = U32(4);
    entries_ = U16(at_);
  }

  bool Whole() const { return Has(bytes_, at_, uint64_t{6} + uint64_t{12} * entries_); }
  uint32_t NextDirectory() const { return U32(at_ + 2 + uint64_t{12} * entries_); }

  // Zero count: the directory has no such tag, or its values lie outside the file.
  Field Find(uint32_t tag) const {
    for (uint64_t i = 0; i < entries_; ++i) {
      const uint64_t entry = at_ + 2 + 12 * i;
      if (U16(entry) != tag) continue;
      Field field{.type = U16(entry + 2), .count = U32(entry + 4), .at = entry + 8};
      const uint64_t value_bytes = uint64_t{ValueBytes(field.type)} * field.count;
      if (value_bytes > 4) field.at = U32(entry + 8);
      if (value_bytes == 0 || !Has(bytes_, field.at, value_bytes)) field.count = 0;
      return field;
    }
    return {};
  }

  uint32_t Number(const Field& field, uint32_t index) const {
    const uint64_t at = field.at + uint64_t{ValueBytes(field.type)} * index;
    return field.type == 3 ? U16(at) : field.type == 4 ? U32(at) : Byte(bytes_, at);
  }
  uint32_t Number(uint32_t tag, uint32_t otherwise) const {
    const Field field = Find(tag);
    return field.count == 0 ? otherwise : Number(field, 0);
  }
  double Rational(uint32_t tag) const {
    const Field field = Find(tag);
    if (field.count == 0 || field.type != 5 || U32(field.at + 4) == 0) return 0;
    return double{1} * U32(field.at) / U32(field.at + 4);
  }

 private:
  static uint32_t ValueBytes(uint32_t type) {
    static constexpr std::array<uint8_t, 13> kBytes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
    return type < kBytes.size() ? kBytes[type] : 0;
  }
  uint32_t U16(uint64_t at) const { return big_ ? Big16(bytes_, at) : Little16(bytes_, at); }
  uint32_t U32(uint64_t at) const { return big_ ? Big32(bytes_, at) : Little32(bytes_, at); }

  std::string_view bytes_;
  bool big_;
  uint64_t at_ = 0;
  uint64_t entries_ = 0;
};

// Every strip (or tile) must lie inside the file: libtiff would leave the missing ones black.
absl::Status CheckParts(std::string_view bytes, const Directory& directory) {
  const bool tiled = directory.Find(kTileOffsets).count > 0;
  const Field offsets = directory.Find(tiled ? kTileOffsets : kStripOffsets);
  const Field sizes = directory.Find(tiled ? kTileBytes : kStripBytes);
  if (offsets.count == 0 || sizes.count != offsets.count) {
    return CutOff("TIFF", "its table of strips");
  }
  for (uint32_t i = 0; i < offsets.count; ++i) {
    if (!Has(bytes, directory.Number(offsets, i), directory.Number(sizes, i))) {
      return CutOff("TIFF", "its last strip");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Header> ParseTiff(std::string_view bytes) {
  Header header{.format = Format::kTiff};
  if (!Has(bytes, 0, 8)) return CutOff("TIFF", "the end of its header");
  const Directory directory(bytes);
  if (!directory.Whole()) return CutOff("TIFF", "the end of its directory");
  header.width_px = directory.Number(kWidth, 0);
  header.height_px = directory.Number(kHeight, 0);
  header.frames = directory.NextDirectory() == 0 ? 1 : 2;
  header.bits = static_cast<int>(directory.Number(kBits, 1));
  header.tile_pixels = int64_t{directory.Number(kTileWidth, 0)} * directory.Number(kTileHeight, 0);
  const uint32_t channels = directory.Number(kSamplesPerPixel, 1);
  const uint32_t sample_format = directory.Number(kSampleFormat, 1);
  if (channels < 1 || channels > 4 || sample_format != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "image: got a TIFF of ", channels, " channels and sample format ", sample_format,
        ", want 1 to 4 of unsigned integers; send the picture as 8-bit grey or colour"));
  }
  const uint32_t unit = directory.Number(kResolutionUnit, 2);  // 2: inch, 3: cm
  if (unit == 2 || unit == 3) {
    const double per_inch = unit == 2 ? 1 : 2.54;
    header.x_dpi = directory.Rational(kXResolution) * per_inch;
    header.y_dpi = directory.Rational(kYResolution) * per_inch;
  }
  header.body = CheckParts(bytes, directory);
  return header;
}

}  // namespace distinct::image
