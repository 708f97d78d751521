#include "engine/ledger/checksum.h"

#include <zlib.h>

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace distinct::ledger {
namespace {

std::string Checksum(std::string_view family, std::string_view key, std::string_view body) {
  uLong crc = crc32(0, nullptr, 0);
  for (const std::string_view part : {family, key, body}) {
    // The length first, so that bytes cannot move from one part to its neighbour unseen.
    const uint32_t length = static_cast<uint32_t>(part.size());
    const unsigned char prefix[4] = {
        static_cast<unsigned char>(length >> 24), static_cast<unsigned char>(length >> 16),
        static_cast<unsigned char>(length >> 8), static_cast<unsigned char>(length)};
    crc = crc32(crc, prefix, sizeof prefix);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(part.data()), length);
  }
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((crc >> shift) & 0xff);
  return out;
}

}  // namespace

std::string Seal(std::string_view family, std::string_view key, std::string_view body) {
  return std::string(body) + Checksum(family, key, body);
}

absl::StatusOr<std::string_view> Unseal(std::string_view family, std::string_view key,
                                        std::string_view value) {
  if (value.size() < kChecksumBytes) {
    return absl::DataLossError(
        absl::StrCat("got ", value.size(), " bytes, want at least ", kChecksumBytes));
  }
  const std::string_view body = value.substr(0, value.size() - kChecksumBytes);
  if (value.substr(body.size()) != Checksum(family, key, body)) {
    return absl::DataLossError("got a checksum that is not the record's");
  }
  return body;
}

}  // namespace distinct::ledger
