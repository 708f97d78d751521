// Numbers out of foreign bytes. Reading past the end gives 0, never undefined behaviour: a parser
// asks Has() where it needs to tell a zero from a file that was cut off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace distinct::image {

inline constexpr double kMetresPerInch = 0.0254;

// Whether `count` bytes lie at `at`; no overflow for any arguments.
inline bool Has(std::string_view bytes, uint64_t at, uint64_t count) {
  return at <= bytes.size() && count <= bytes.size() - at;
}

inline uint32_t Byte(std::string_view bytes, uint64_t at) {
  return at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0;
}
inline uint32_t Big16(std::string_view bytes, uint64_t at) {
  return Byte(bytes, at) << 8 | Byte(bytes, at + 1);
}
inline uint32_t Big32(std::string_view bytes, uint64_t at) {
  return Big16(bytes, at) << 16 | Big16(bytes, at + 2);
}
inline uint32_t Little16(std::string_view bytes, uint64_t at) {
  return Byte(bytes, at) | Byte(bytes, at + 1) << 8;
}
inline uint32_t Little32(std::string_view bytes, uint64_t at) {
  return Little16(bytes, at) | Little16(bytes, at + 2) << 16;
}

inline absl::Status CutOff(std::string_view format, std::string_view missing) {
  return absl::InvalidArgumentError(absl::StrCat("image: got a ", std::string(format),
                                                 " file cut off before ", std::string(missing),
                                                 ", want the whole file; send it again"));
}

}  // namespace distinct::image
