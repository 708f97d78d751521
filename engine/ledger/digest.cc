#include "engine/ledger/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "matchers/check.h"

namespace distinct::ledger {

std::string Sha256(std::string_view bytes) {
  std::string digest(kDigestBytes, '\0');
  unsigned int length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   &length, EVP_sha256(), nullptr) == 1);
  CHECK(length == kDigestBytes);
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string digest(kDigestBytes, '\0');
  unsigned int length = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
             reinterpret_cast<unsigned char*>(digest.data()), &length) != nullptr);
  CHECK(length == kDigestBytes);
  return digest;
}

std::string RandomKey() {
  std::string key(kDigestBytes, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) ==
        1);
  return key;
}

}  // namespace distinct::ledger
