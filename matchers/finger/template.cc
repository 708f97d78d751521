#include "matchers/finger/template.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "matchers/check.h"

namespace distinct::finger {
namespace {

constexpr char kMagic0 = 'D';
constexpr char kMagic1 = 'F';
constexpr int kExtentMaxPx = 2047;  // 12 bits of half pixels
constexpr uint8_t kQualityMax = 100;
constexpr size_t kExtensionHeaderBytes = 3;
constexpr size_t kExtensionBytesMax = 1024;

uint32_t ToHalfPixels(float value_px) {
  const auto half = std::lround(2 * value_px);
  return static_cast<uint32_t>(std::clamp(half, 0L, 4095L));
}

void PutUint16(std::string& out, uint32_t value) {
  out.push_back(static_cast<char>(value & 0xFF));
  out.push_back(static_cast<char>(value >> 8));
}

uint32_t Byte(std::string_view bytes, size_t offset) { return static_cast<uint8_t>(bytes[offset]); }

uint32_t Uint16(std::string_view bytes, size_t offset) {
  return Byte(bytes, offset) | Byte(bytes, offset + 1) << 8;
}

void PutUint64(std::string& out, uint64_t value) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

absl::Status Refuse(const std::string& got, const std::string& want) {
  return absl::InvalidArgumentError(absl::StrCat("template: got ", got, ", want ", want,
                                                 "; extract the sample again with this server"));
}

// What a later writer of this version appended: nothing that a score depends on, so it is skipped.
absl::Status ValidateExtensions(std::string_view bytes) {
  if (bytes.size() > kExtensionBytesMax) {
    return Refuse(absl::StrCat(bytes.size(), " bytes after the minutiae"),
                  absl::StrCat("at most ", kExtensionBytesMax));
  }
  while (!bytes.empty()) {
    const bool headed = bytes.size() >= kExtensionHeaderBytes;
    const size_t length = headed ? Uint16(bytes, 1) : 0;
    if (!headed || bytes.size() - kExtensionHeaderBytes < length) {
      return Refuse(absl::StrCat(bytes.size(), " bytes after the minutiae"), "whole extensions");
    }
    bytes.remove_prefix(kExtensionHeaderBytes + length);
  }
  return absl::OkStatus();
}

}  // namespace

std::string Serialize(const FingerTemplate& features) {
  const size_t n = features.minutiae.size();
  CHECK(n >= kMinutiaeMin && n <= kMinutiaeMax);
  CHECK(features.width_px >= 1 && features.width_px <= kExtentMaxPx);
  CHECK(features.height_px >= 1 && features.height_px <= kExtentMaxPx);
  std::string out;
  out.reserve(TemplateView::kHeaderBytes +
              n * (TemplateView::kCodeBytes + TemplateView::kGeometryBytes));
  out.push_back(kMagic0);
  out.push_back(kMagic1);
  out.push_back(static_cast<char>(kTemplateVersion));
  out.push_back(static_cast<char>(std::clamp(features.quality.value, 0, 100)));
  PutUint16(out, static_cast<uint32_t>(features.width_px));
  PutUint16(out, static_cast<uint32_t>(features.height_px));
  out.push_back(static_cast<char>(n));
  out.push_back(features.has_codes ? '\0' : '\1');
  out.append(2, '\0');
  if (features.has_codes) {
    for (const Minutia& m : features.minutiae) {
      PutUint64(out, m.code.low);
      PutUint64(out, m.code.high);
    }
  }
  for (const Minutia& m : features.minutiae) {
    const uint32_t x = ToHalfPixels(m.x_px);
    const uint32_t y = ToHalfPixels(m.y_px);
    const auto turn = std::lround(m.direction_rad / (2 * std::numbers::pi_v<float>)*256);
    out.push_back(static_cast<char>(x & 0xFF));
    out.push_back(static_cast<char>((x >> 8 | y << 4) & 0xFF));
    out.push_back(static_cast<char>(y >> 4));
    out.push_back(static_cast<char>(turn & 0xFF));
    const uint32_t quality = std::min(m.quality, kQualityMax);
    out.push_back(
        static_cast<char>(quality << 1 | (m.type == MinutiaType::kBifurcation ? 1U : 0U)));
  }
  return out;
}

absl::Status ValidateTemplate(std::string_view bytes) {
  if (bytes.size() < TemplateView::kHeaderBytes) {
    return Refuse(absl::StrCat(bytes.size(), " bytes"),
                  absl::StrCat("at least ", TemplateView::kHeaderBytes));
  }
  if (bytes[0] != kMagic0 || bytes[1] != kMagic1) {
    return Refuse("other leading bytes", "a finger template (\"DF\")");
  }
  if (Byte(bytes, 2) != kTemplateVersion) {
    return Refuse(absl::StrCat("version ", Byte(bytes, 2)), absl::StrCat(kTemplateVersion));
  }
  const uint32_t n = Byte(bytes, TemplateView::kCountOffset);
  if (n < kMinutiaeMin || n > kMinutiaeMax) {
    return Refuse(absl::StrCat(n, " minutiae"), absl::StrCat(kMinutiaeMin, " to ", kMinutiaeMax));
  }
  const uint32_t without_codes = Byte(bytes, TemplateView::kWithoutCodesOffset);
  if (without_codes > 1) {
    return Refuse(absl::StrCat("without_codes ", without_codes), "0 or 1");
  }
  const size_t want = TemplateView::kHeaderBytes + n * TemplateView::kGeometryBytes +
                      (without_codes == 0 ? n * TemplateView::kCodeBytes : 0);
  if (bytes.size() < want) {
    return Refuse(absl::StrCat(bytes.size(), " bytes"),
                  absl::StrCat(want, " for ", n, " minutiae"));
  }
  if (absl::Status status = ValidateExtensions(bytes.substr(want)); !status.ok()) return status;
  if (Byte(bytes, TemplateView::kQualityOffset) > kQualityMax) {
    return Refuse(absl::StrCat("quality ", Byte(bytes, TemplateView::kQualityOffset)), "0 to 100");
  }
  const uint32_t width = Uint16(bytes, TemplateView::kWidthOffset);
  const uint32_t height = Uint16(bytes, TemplateView::kHeightOffset);
  if (width < 1 || width > kExtentMaxPx || height < 1 || height > kExtentMaxPx) {
    return Refuse(absl::StrCat("an extent of ", width, " x ", height), "1 to 2047 px a side");
  }
  if (Byte(bytes, 10) != 0 || Byte(bytes, 11) != 0) {
    return Refuse("reserved bytes in use", "zeros");
  }
  for (size_t i = 0; i < n; ++i) {
    const size_t last = want - 1 - i * TemplateView::kGeometryBytes;
    const uint32_t quality = Byte(bytes, last) >> 1;
    if (quality > kQualityMax) {
      return Refuse(absl::StrCat("a minutia of quality ", quality), "0 to 100");
    }
  }
  return absl::OkStatus();
}

std::string WithExtension(std::string_view bytes, uint8_t kind, std::string_view body) {
  const std::string_view scored = TemplateView(bytes).scored();
  std::string out(scored);
  out.reserve(bytes.size() + kExtensionHeaderBytes + body.size());
  for (std::string_view rest = bytes.substr(scored.size()); !rest.empty();) {
    const std::string_view one = rest.substr(0, kExtensionHeaderBytes + Uint16(rest, 1));
    if (Byte(one, 0) != kind) out += one;
    rest.remove_prefix(one.size());
  }
  const size_t added = kExtensionHeaderBytes + body.size();
  CHECK(added <= kExtensionBytesMax);
  if (out.size() - scored.size() + added > kExtensionBytesMax) out = scored;
  out.push_back(static_cast<char>(kind));
  PutUint16(out, static_cast<uint32_t>(body.size()));
  out += body;
  return out;
}

absl::StatusOr<FingerTemplate> ParseTemplate(std::string_view bytes) {
  if (absl::Status status = ValidateTemplate(bytes); !status.ok()) return status;
  const TemplateView view(bytes);
  FingerTemplate out;
  out.width_px = view.width_px();
  out.height_px = view.height_px();
  out.quality = view.quality();
  out.has_codes = view.has_codes();
  for (int i = 0; i < view.count(); ++i) {
    out.minutiae.push_back(view.geometry(i));
    if (out.has_codes) out.minutiae.back().code = view.code(i);
  }
  return out;
}

int TemplateView::width_px() const { return static_cast<int>(Uint16(bytes_, kWidthOffset)); }
int TemplateView::height_px() const { return static_cast<int>(Uint16(bytes_, kHeightOffset)); }

std::string_view TemplateView::extension(uint8_t kind) const {
  for (std::string_view rest = bytes_.substr(scored().size()); !rest.empty();) {
    const std::string_view body = rest.substr(kExtensionHeaderBytes, Uint16(rest, 1));
    if (Byte(rest, 0) == kind) return body;
    rest.remove_prefix(kExtensionHeaderBytes + body.size());
  }
  return {};
}

Code TemplateView::code(int i) const {
  static_assert(sizeof(Code) == kCodeBytes);
  Code out;
  std::memcpy(&out, bytes_.data() + kHeaderBytes + static_cast<size_t>(i) * kCodeBytes, kCodeBytes);
  return out;
}

uint8_t TemplateView::turn(int i) const {
  return static_cast<uint8_t>(bytes_[GeometryOffset(i) + 3]);
}

Minutia TemplateView::geometry(int i) const {
  const size_t at = GeometryOffset(i);
  const uint32_t b1 = Byte(bytes_, at + 1);
  Minutia out;
  out.x_px = static_cast<float>(Byte(bytes_, at) | (b1 & 0xF) << 8) / 2;
  out.y_px = static_cast<float>(b1 >> 4 | Byte(bytes_, at + 2) << 4) / 2;
  out.direction_rad =
      static_cast<float>(Byte(bytes_, at + 3)) * (2 * std::numbers::pi_v<float> / 256);
  const uint32_t last = Byte(bytes_, at + 4);
  out.quality = static_cast<uint8_t>(last >> 1);
  out.type = (last & 1) != 0 ? MinutiaType::kBifurcation : MinutiaType::kEnding;
  return out;
}

}  // namespace distinct::finger
