#include "matchers/face/template.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "matchers/check.h"

namespace distinct::face {
namespace {

static_assert(std::endian::native == std::endian::little, "templates are little-endian");

constexpr std::string_view kMagic = "DIFA";
constexpr size_t kVersionAt = 4;
constexpr size_t kQualityAt = 8;
constexpr size_t kFacesAt = 9;
constexpr size_t kReservedAt = 10;
constexpr size_t kNormAt = 12;
constexpr size_t kSquaresAt = 16;
constexpr size_t kValuesAt = 20;
static_assert(kValuesAt + kEmbeddingDimensions == kTemplateBytes);

constexpr float kFixedScale = 127 / 0.25F;

template <typename T>
void Append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <typename T>
T Read(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

uint32_t SumOfSquares(const int8_t* values) {
  uint32_t squares = 0;
  for (int i = 0; i < kEmbeddingDimensions; ++i) {
    squares += static_cast<uint32_t>(values[i] * values[i]);
  }
  return squares;
}

absl::Status Refused(std::string_view field, std::string_view got, std::string_view want) {
  return absl::InvalidArgumentError(absl::StrCat("template.", std::string(field), ": got ",
                                                 std::string(got), ", want ", std::string(want),
                                                 "; extract the face again from its picture"));
}

}  // namespace

std::string SerialiseTemplate(const Embedding& embedding, const TemplateHead& head,
                              uint32_t version) {
  float largest = 0;
  for (const float value : embedding.direction) largest = std::max(largest, std::abs(value));
  CHECK(largest > 0);
  std::string values;
  for (const float value : embedding.direction) {
    values.push_back(static_cast<char>(std::lround(value / largest * 127)));
  }
  std::string bytes(kMagic);
  Append(bytes, version);
  Append(bytes, static_cast<uint8_t>(head.quality.value));
  Append(bytes, static_cast<uint8_t>(std::min(head.faces, 255)));
  Append(bytes, uint16_t{0});
  Append(bytes, head.norm);
  Append(bytes, SumOfSquares(reinterpret_cast<const int8_t*>(values.data())));
  return bytes + values;
}

absl::Status ValidateTemplate(std::string_view bytes, uint32_t version) {
  if (bytes.size() != kTemplateBytes) {
    return Refused("bytes", absl::StrCat(bytes.size()), absl::StrCat(kTemplateBytes));
  }
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    return Refused("magic", "other bytes", "DIFA, a face template");
  }
  if (const auto got = Read<uint32_t>(bytes, kVersionAt); got != version) {
    return Refused("version", absl::StrCat(absl::Hex(got)), absl::StrCat(absl::Hex(version)));
  }
  if (const auto got = Read<uint8_t>(bytes, kQualityAt); got > 100) {
    return Refused("quality", absl::StrCat(got), "0 to 100");
  }
  if (Read<uint8_t>(bytes, kFacesAt) == 0 || Read<uint16_t>(bytes, kReservedAt) != 0) {
    return Refused("head", "damaged bytes", "at least one face and zeros in reserve");
  }
  if (const auto got = Read<float>(bytes, kNormAt); !(got > 0 && std::isfinite(got))) {
    return Refused("norm", absl::StrCat(got), "a positive number");
  }
  const uint32_t squares = SumOfSquares(ValuesOf(bytes));
  if (squares == 0 || squares != SquaresOf(bytes)) {
    return Refused("squares", absl::StrCat(SquaresOf(bytes)),
                   absl::StrCat(squares, ", those of its values, and not 0"));
  }
  return absl::OkStatus();
}

TemplateHead HeadOf(std::string_view bytes) {
  return {.quality = {Read<uint8_t>(bytes, kQualityAt)},
          .faces = Read<uint8_t>(bytes, kFacesAt),
          .norm = Read<float>(bytes, kNormAt)};
}

const int8_t* ValuesOf(std::string_view bytes) {
  return reinterpret_cast<const int8_t*>(bytes.data() + kValuesAt);
}

uint32_t SquaresOf(std::string_view bytes) { return Read<uint32_t>(bytes, kSquaresAt); }

std::vector<int8_t> FixedScaleVector(std::string_view bytes) {
  const int8_t* values = ValuesOf(bytes);
  const float scale = kFixedScale / std::sqrt(static_cast<float>(SquaresOf(bytes)));
  std::vector<int8_t> vector(kEmbeddingDimensions);
  std::transform(values, values + kEmbeddingDimensions, vector.begin(), [&](int8_t value) {
    return static_cast<int8_t>(
        std::clamp(std::lround(static_cast<float>(value) * scale), -127L, 127L));
  });
  return vector;
}

}  // namespace distinct::face
