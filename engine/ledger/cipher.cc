#include "engine/ledger/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "matchers/check.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// Fetched once: OpenSSL 3 looks it up among its providers at every use otherwise.
const EVP_CIPHER* Gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CHECK(cipher != nullptr);
  return cipher;
}

Context NewContext() {
  Context context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr);
  return context;
}

const unsigned char* In(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Out(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
int Size(std::string_view bytes) { return static_cast<int>(bytes.size()); }

// Writes sealed.size() - kNonceBytes - kTagBytes bytes to `plain`; none of them is to be used
// after an error.
absl::Status DecryptTo(char* plain, const Secret& key, std::string_view place,
                       std::string_view sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) {
    return absl::DataLossError(absl::StrCat(
        "got ", sealed.size(), " encrypted bytes, want at least ", kNonceBytes + kTagBytes));
  }
  const std::string_view nonce = sealed.substr(0, kNonceBytes);
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  const Context context = NewContext();
  int length = 0;
  const bool opened =
      EVP_DecryptInit_ex(context.get(), Gcm(), nullptr, In(key.bytes()), In(nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &length, In(place), Size(place)) == 1 &&
      EVP_DecryptUpdate(context.get(), Out(plain), &length, In(body), Size(body)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, Size(tag), tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), Out(plain) + length, &length) == 1;
  if (opened) return absl::OkStatus();
  return absl::DataLossError("got bytes that its key does not open (AES-256-GCM)");
}

}  // namespace

Secret Secret::Random() {
  Secret key;
  CHECK(RAND_bytes(Out(key.bytes_.data()), kKeyBytes) == 1);
  return key;
}

Secret::Secret(std::string_view bytes) {
  CHECK(bytes.size() == kKeyBytes);
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Secret::~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) {
  OPENSSL_cleanse(other.bytes_.data(), kKeyBytes);
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  OPENSSL_cleanse(other.bytes_.data(), kKeyBytes);
  return *this;
}

std::string_view Secret::bytes() const { return {bytes_.data(), bytes_.size()}; }

std::string Encrypt(const Secret& key, std::string_view place, std::string_view plain) {
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  char* const body = sealed.data() + kNonceBytes;
  CHECK(RAND_bytes(Out(sealed.data()), kNonceBytes) == 1);
  const Context context = NewContext();
  int length = 0;
  CHECK(EVP_EncryptInit_ex(context.get(), Gcm(), nullptr, In(key.bytes()), In(sealed)) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &length, In(place), Size(place)) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), Out(body), &length, In(plain), Size(plain)) == 1);
  CHECK(static_cast<size_t>(length) == plain.size());
  CHECK(EVP_EncryptFinal_ex(context.get(), Out(body) + length, &length) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, body + plain.size()) ==
        1);
  return sealed;
}

absl::StatusOr<std::string> Decrypt(const Secret& key, std::string_view place,
                                    std::string_view sealed) {
  std::string plain(sealed.size() - std::min(sealed.size(), kNonceBytes + kTagBytes), '\0');
  RETURN_IF_ERROR(DecryptTo(plain.data(), key, place, sealed));
  return plain;
}

absl::StatusOr<Secret> DecryptKey(const Secret& key, std::string_view place,
                                  std::string_view sealed) {
  if (sealed.size() != kNonceBytes + kKeyBytes + kTagBytes) {
    return absl::DataLossError(absl::StrCat("got ", sealed.size(), " encrypted bytes, want ",
                                            kNonceBytes + kKeyBytes + kTagBytes));
  }
  std::array<char, kKeyBytes> plain{};
  const absl::Status opened = DecryptTo(plain.data(), key, place, sealed);
  Secret secret({plain.data(), plain.size()});
  OPENSSL_cleanse(plain.data(), plain.size());
  RETURN_IF_ERROR(opened);
  return secret;
}

}  // namespace distinct::ledger
