// SHA-256 and HMAC-SHA-256 (FIPS 180-4, FIPS 198-1) for the ledger's chains and keyed digests.
#pragma once

#include <string>
#include <string_view>

namespace distinct::ledger {

inline constexpr size_t kDigestBytes = 32;

std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);
// 32 bytes from the operating system's random generator.
std::string RandomKey();

}  // namespace distinct::ledger
