// CRC-32 (ISO-HDLC, as in zlib and gzip) over a record's place and body. Finds accidents, not
// forgery: against that the ledger's chain is there (FORMAT.md).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace distinct::ledger {

inline constexpr size_t kChecksumBytes = 4;

// `body` followed by its checksum.
std::string Seal(std::string_view family, std::string_view key, std::string_view body);
// The body inside `value`. DATA_LOSS: too short, or the checksum is not that of this place.
absl::StatusOr<std::string_view> Unseal(std::string_view family, std::string_view key,
                                        std::string_view value);

}  // namespace distinct::ledger
