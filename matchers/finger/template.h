// The finger template: minutiae with their descriptors' signs, best first, so that a prefix of the
// minutiae is a valid smaller template. Bytes: FORMAT.md. 12 + 21 n bytes; 957 at 45 minutiae.
// Made of a minutiae record, without a picture to describe, it has no signs: 12 + 5 n bytes.
//
// Coordinates: pixels at 500 dpi, x to the right, y DOWN, from the top left of the image.
// Direction: ISO/IEC 19794-2: counter-clockwise as displayed, 0 to the right; an ending points
// into its ridge, a bifurcation between its two closest branches.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "matchers/modality.h"
#include "matchers/types.h"

namespace distinct::finger {

// Version of bytes, extractor family and descriptor together: what may be compared.
inline constexpr uint32_t kTemplateVersion = 3;

// The voting kernel holds 48 probe codes in registers; more than the best 48 minutiae brought no
// accuracy (decisions/0001).
inline constexpr int kMinutiaeMax = 48;
// Below, no score says anything (ISO/IEC 19794-2 allows 0; SourceAFIS and NBIS refuse fewer too).
inline constexpr int kMinutiaeMin = 4;

enum class MinutiaType : uint8_t { kEnding = 1, kBifurcation = 2 };

struct Minutia {
  float x_px = 0;           // [0, 2047]
  float y_px = 0;           // [0, 2047]
  float direction_rad = 0;  // [0, 2 pi)
  uint8_t quality = 0;      // 0 to 100
  MinutiaType type = MinutiaType::kEnding;
  Code code;
};

// A template in the open. Coordinates are kept to half a pixel, directions to 1/256 turn.
struct FingerTemplate {
  int width_px = 0;   // of the image at 500 dpi, [1, 2047]
  int height_px = 0;  // [1, 2047]
  Quality quality;
  std::vector<Minutia> minutiae;  // best first, kMinutiaeMin to kMinutiaeMax
  bool has_codes = true;
};

// Bytes of `features`; the same for the same values. REQUIRES: the ranges above.
std::string Serialize(const FingerTemplate& features);

// INVALID_ARGUMENT: not the bytes of a finger template of kTemplateVersion (extract again).
absl::Status ValidateTemplate(std::string_view bytes);
absl::StatusOr<FingerTemplate> ParseTemplate(std::string_view bytes);

// `bytes` with this extension as its only one of the kind (FORMAT.md). Others stay, or go if there
// is no room for all. REQUIRES: ValidateTemplate(bytes) is OK; `body` has at most 1021 bytes.
std::string WithExtension(std::string_view bytes, uint8_t kind, std::string_view body);

// Reads the fields of a validated template in place. A view: `bytes` must outlive it.
// REQUIRES: ValidateTemplate(bytes) is OK.
class TemplateView {
 public:
  explicit TemplateView(std::string_view bytes) : bytes_(bytes) {}

  int count() const { return static_cast<uint8_t>(bytes_[kCountOffset]); }
  int width_px() const;
  int height_px() const;
  bool has_codes() const { return bytes_[kWithoutCodesOffset] == 0; }
  Quality quality() const { return Quality{static_cast<uint8_t>(bytes_[kQualityOffset])}; }
  // 16 bytes each, low then high, little-endian; empty if it has none.
  std::string_view codes() const { return bytes_.substr(kHeaderBytes, CodesBytes()); }
  Code code(int i) const;     // REQUIRES: has_codes()
  uint8_t turn(int i) const;  // direction in 1/256 turns
  // Without the code.
  Minutia geometry(int i) const;
  // The bytes without extensions: all that a score depends on.
  std::string_view scored() const { return bytes_.substr(0, GeometryOffset(count())); }
  // The first extension of this kind; empty if there is none.
  std::string_view extension(uint8_t kind) const;

  static constexpr size_t kCountOffset = 8;
  static constexpr size_t kQualityOffset = 3;
  static constexpr size_t kWidthOffset = 4;
  static constexpr size_t kHeightOffset = 6;
  static constexpr size_t kWithoutCodesOffset = 9;
  static constexpr size_t kHeaderBytes = 12;
  static constexpr size_t kCodeBytes = 16;
  static constexpr size_t kGeometryBytes = 5;

 private:
  size_t CodesBytes() const { return has_codes() ? static_cast<size_t>(count()) * kCodeBytes : 0; }
  size_t GeometryOffset(int i) const {
    return kHeaderBytes + CodesBytes() + static_cast<size_t>(i) * kGeometryBytes;
  }

  std::string_view bytes_;
};

}  // namespace distinct::finger
