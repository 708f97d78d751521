// AES-256-GCM (NIST SP 800-38D) by OpenSSL, and keys that are wiped from memory when they go.
//
//   sealed = nonce (12 bytes, random) || ciphertext || tag (16 bytes)
//
// A random nonce is safe for 2^32 messages under one key: a subject's key seals a few, the key
// file's one for each enrolment. Specified by tests/engine/ledger/cipher_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace distinct::ledger {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kNonceBytes = 12;
inline constexpr size_t kTagBytes = 16;

// A key. Its bytes are overwritten when it is destroyed or moved from; never log them.
class Secret {
 public:
  // From the operating system's random generator.
  static Secret Random();
  // REQUIRES: kKeyBytes bytes. Wiping `bytes` is left to the caller.
  explicit Secret(std::string_view bytes);
  ~Secret();
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;

  // Valid as long as this object.
  std::string_view bytes() const;

 private:
  Secret() = default;
  std::array<char, kKeyBytes> bytes_{};
};

// `place` is not stored: opening needs the same one, so that what is sealed cannot be moved.
std::string Encrypt(const Secret& key, std::string_view place, std::string_view plain);
// DATA_LOSS: another key or place, or a changed byte.
absl::StatusOr<std::string> Decrypt(const Secret& key, std::string_view place,
                                    std::string_view sealed);
absl::StatusOr<Secret> DecryptKey(const Secret& key, std::string_view place,
                                  std::string_view sealed);

}  // namespace distinct::ledger
