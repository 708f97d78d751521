// The cipher by its published vectors and by what it must refuse.
#include "engine/ledger/cipher.h"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "tests/support/status_matchers.h"

namespace distinct::ledger {
namespace {

using ::distinct::testing::IsOk;
using ::distinct::testing::StatusIs;

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 14 and 16: AES-256.
TEST(Cipher, OpensThePublishedVectors) {
  const Secret zeros(std::string(kKeyBytes, '\0'));
  const auto block = Decrypt(zeros, "",
                             absl::HexStringToBytes("000000000000000000000000"
                                                    "cea7403d4d606b6e074ec5d3baf39d18"
                                                    "d0d1c8a799996bf0265b98b5d48ab919"));
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(*block, std::string(16, '\0'));

  const Secret key(
      absl::HexStringToBytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const std::string place = absl::HexStringToBytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto text = Decrypt(
      key, place,
      absl::HexStringToBytes("cafebabefacedbaddecaf888"
                             "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                             "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                             "76fc6ece0f4e1768cddf8853bb2d551b"));
  ASSERT_THAT(text, IsOk());
  EXPECT_EQ(absl::BytesToHexString(*text),
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
}

TEST(Cipher, AnyChangedByteAnyOtherPlaceAndAnyOtherKeyIsRefused) {
  const Secret key = Secret::Random();
  const std::string sealed = Encrypt(key, "here", "template");
  EXPECT_EQ(*Decrypt(key, "here", sealed), "template");
  for (size_t at = 0; at < sealed.size(); ++at) {
    std::string bad = sealed;
    bad[at] = static_cast<char>(bad[at] ^ 0x01);
    EXPECT_THAT(Decrypt(key, "here", bad), StatusIs(absl::StatusCode::kDataLoss, "AES-256-GCM"));
  }
  for (size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(Decrypt(key, "here", sealed.substr(0, length)).ok()) << length;
  }
  EXPECT_FALSE(Decrypt(key, "there", sealed).ok());
  EXPECT_FALSE(Decrypt(Secret::Random(), "here", sealed).ok());
  EXPECT_NE(Encrypt(key, "here", "template"), sealed) << "a nonce was used twice";
}

TEST(Cipher, AKeyIsWipedWhenItGoesOrIsMovedFrom) {
  alignas(Secret) char memory[sizeof(Secret)];
  const std::string bytes(kKeyBytes, 'k');
  auto* const first = new (memory) Secret(bytes);
  Secret second(std::move(*first));
  EXPECT_EQ(second.bytes(), bytes);
  EXPECT_EQ(std::string(memory, kKeyBytes), std::string(kKeyBytes, '\0'));
  *first = std::move(second);
  EXPECT_EQ(std::string(memory, kKeyBytes), bytes);
  first->~Secret();
  EXPECT_EQ(std::string(memory, kKeyBytes), std::string(kKeyBytes, '\0'));
}

}  // namespace
}  // namespace distinct::ledger
