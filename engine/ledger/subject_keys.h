// Templates at rest: each enrolment's under a random key of its own, which the key file's key
// wraps. Destroying the one key makes every copy of those bytes noise to whoever has only the
// store.
//
//   tmpl[n] = version || Encrypt(subject key, place, templates)
//   sample[n] = version || Encrypt(subject key, place, kept samples)
//   key[n]  = version || epoch || Encrypt(key file's key, place, subject key)
//
// The places hold family, number, version and epoch (FORMAT.md), so that a record under another
// number does not open. Specified by tests/engine/ledger/encryption_test.cc.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/ids.h"
#include "engine/ledger/cipher.h"
#include "engine/ledger/record.h"
#include "engine/ledger/store.h"
#include "matchers/modality.h"

namespace distinct::ledger {

// Thread-safe.
class SubjectKeys {
 public:
  // `epoch` counts the key-encryption keys that a store has had; in the first it is 1.
  SubjectKeys(Secret key_encryption_key, uint32_t epoch)
      : wrapping_(std::move(key_encryption_key)), epoch_(epoch) {}

  // Under a new key, also if there was one: what an older copy of the records holds stays closed.
  // `samples` may be null.
  void PutTemplates(Transaction& transaction, Ticket ticket, const std::vector<Template>& templates,
                    const KeptSamples* samples = nullptr) const;
  // Under the key that there is. REQUIRES: PutTemplates() before.
  absl::Status ReplaceTemplates(Transaction& transaction, Ticket ticket,
                                const std::vector<Template>& templates) const;
  // Empty if none are kept. DATA_LOSS: as LoadTemplates().
  absl::StatusOr<KeptSamples> LoadSamples(const Reader& reader, Ticket ticket) const;
  // Empty if there are none: refused at once, or erased. DATA_LOSS: one of the two records is
  // missing, damaged or not of this number.
  absl::StatusOr<std::vector<Template>> LoadTemplates(const Reader& reader, Ticket ticket) const;
  // The same of two bodies that were read already. DATA_LOSS.
  absl::StatusOr<std::vector<Template>> OpenTemplates(Ticket ticket, std::string_view key,
                                                      std::string_view templates) const;
  // Templates, samples and key, with what else `transaction` does.
  static void Destroy(Transaction& transaction, Ticket ticket);

  // What tells the store which key file is its own: the body of meta/kek.
  std::string Mark() const;

 private:
  absl::StatusOr<Secret> KeyOf(const Reader& reader, Ticket ticket) const;
  absl::StatusOr<Secret> Unwrap(Ticket ticket, std::string_view body) const;
  static absl::StatusOr<std::vector<Template>> Open(const Secret& key, Ticket ticket,
                                                    std::string_view body);

  Secret wrapping_;
  uint32_t epoch_;
};

// First byte of an encrypted tmpl body; 1 was the same record in the clear (schema 1).
inline constexpr char kEncryptedVersion = 2;

// The keys of a store whose key file is `key_file`, which is made for a store that has none yet.
// FAILED_PRECONDITION: the key file is missing, readable by others or another store's.
absl::StatusOr<SubjectKeys> OpenKeys(const Reader& reader, const std::filesystem::path& store,
                                     const std::filesystem::path& key_file);

}  // namespace distinct::ledger
