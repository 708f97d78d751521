#include "engine/ledger/subject_keys.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/key_file.h"
#include "engine/ledger/rows.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

constexpr uint32_t kFirstEpoch = 1;
constexpr char kSampleVersion = 1;  // first byte of a sample body

std::string Place(Family family, Ticket ticket, std::string_view rest) {
  std::string place(FamilyName(family));
  place += '\0';  // in no family's name
  place += Key64(Number(ticket));
  place += rest;
  return place;
}

std::string TemplatePlace(Ticket ticket) {
  return Place(Family::kTemplate, ticket, {&kEncryptedVersion, 1});
}

std::string SamplePlace(Ticket ticket) {
  return Place(Family::kSample, ticket, {&kSampleVersion, 1});
}

std::string KeyPlace(Ticket ticket, uint32_t epoch) {
  return Place(Family::kKey, ticket, Key64(epoch));
}

absl::Status BadOf(Family family, Ticket ticket, const absl::Status& reason) {
  return BadRecord(family, Key64(Number(ticket)), std::string(reason.message()));
}

std::string Hex(std::string_view bytes) {
  return absl::BytesToHexString({bytes.data(), bytes.size()});
}

}  // namespace

void SubjectKeys::PutTemplates(Transaction& transaction, Ticket ticket,
                               const std::vector<Template>& templates,
                               const KeptSamples* samples) const {
  const Secret key = Secret::Random();
  const std::string place = Key64(Number(ticket));
  transaction.Put(Family::kTemplate, place,
                  kEncryptedVersion + Encrypt(key, TemplatePlace(ticket), Encode(templates)));
  transaction.Put(
      Family::kKey, place,
      Encode(KeyRecord{epoch_, Encrypt(wrapping_, KeyPlace(ticket, epoch_), key.bytes())}));
  if (samples == nullptr) return;
  transaction.Put(Family::kSample, place,
                  kSampleVersion + Encrypt(key, SamplePlace(ticket), Encode(*samples)));
}

absl::Status SubjectKeys::ReplaceTemplates(Transaction& transaction, Ticket ticket,
                                           const std::vector<Template>& templates) const {
  ASSIGN_OR_RETURN(const Secret key, KeyOf(transaction, ticket));
  transaction.Put(Family::kTemplate, Key64(Number(ticket)),
                  kEncryptedVersion + Encrypt(key, TemplatePlace(ticket), Encode(templates)));
  return absl::OkStatus();
}

absl::StatusOr<KeptSamples> SubjectKeys::LoadSamples(const Reader& reader, Ticket ticket) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> body,
                   reader.Get(Family::kSample, Key64(Number(ticket))));
  if (!body.has_value()) return KeptSamples();
  if (body->empty() || body->front() != kSampleVersion) {
    return BadRecord(Family::kSample, Key64(Number(ticket)), "got another version, want 1");
  }
  ASSIGN_OR_RETURN(const Secret key, KeyOf(reader, ticket));
  const absl::StatusOr<std::string> plain =
      Decrypt(key, SamplePlace(ticket), std::string_view(*body).substr(1));
  if (!plain.ok()) return BadOf(Family::kSample, ticket, plain.status());
  absl::StatusOr<KeptSamples> samples = DecodeSamples(*plain);
  if (!samples.ok()) return BadOf(Family::kSample, ticket, samples.status());
  return samples;
}

absl::StatusOr<std::vector<Template>> SubjectKeys::LoadTemplates(const Reader& reader,
                                                                 Ticket ticket) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> body,
                   reader.Get(Family::kTemplate, Key64(Number(ticket))));
  if (!body.has_value()) return std::vector<Template>();
  ASSIGN_OR_RETURN(const Secret key, KeyOf(reader, ticket));
  return Open(key, ticket, *body);
}

absl::StatusOr<std::vector<Template>> SubjectKeys::OpenTemplates(Ticket ticket,
                                                                 std::string_view key,
                                                                 std::string_view templates) const {
  ASSIGN_OR_RETURN(const Secret secret, Unwrap(ticket, key));
  return Open(secret, ticket, templates);
}

absl::StatusOr<std::vector<Template>> SubjectKeys::Open(const Secret& key, Ticket ticket,
                                                        std::string_view body) {
  if (body.empty() || body.front() != kEncryptedVersion) {
    return BadRecord(Family::kTemplate, Key64(Number(ticket)),
                     "got a version that is not the encrypted one, want 2");
  }
  const absl::StatusOr<std::string> plain = Decrypt(key, TemplatePlace(ticket), body.substr(1));
  if (!plain.ok()) return BadOf(Family::kTemplate, ticket, plain.status());
  absl::StatusOr<std::vector<Template>> templates = DecodeTemplates(*plain);
  if (!templates.ok()) return BadOf(Family::kTemplate, ticket, templates.status());
  return templates;
}

absl::StatusOr<Secret> SubjectKeys::KeyOf(const Reader& reader, Ticket ticket) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> body,
                   reader.Get(Family::kKey, Key64(Number(ticket))));
  if (!body.has_value()) return BadRecord(Family::kKey, Key64(Number(ticket)), "missing");
  return Unwrap(ticket, *body);
}

absl::StatusOr<Secret> SubjectKeys::Unwrap(Ticket ticket, std::string_view body) const {
  const absl::StatusOr<KeyRecord> record = DecodeKey(body);
  if (!record.ok()) return BadOf(Family::kKey, ticket, record.status());
  absl::StatusOr<Secret> key =
      DecryptKey(wrapping_, KeyPlace(ticket, record->kek_epoch), record->wrapped);
  if (!key.ok()) return BadOf(Family::kKey, ticket, key.status());
  return key;
}

void SubjectKeys::Destroy(Transaction& transaction, Ticket ticket) {
  transaction.Delete(Family::kTemplate, Key64(Number(ticket)));
  transaction.Delete(Family::kSample, Key64(Number(ticket)));
  transaction.Delete(Family::kKey, Key64(Number(ticket)));
}

std::string SubjectKeys::Mark() const { return Key64(epoch_) + KeyId(wrapping_); }

absl::StatusOr<SubjectKeys> OpenKeys(const Reader& reader, const std::filesystem::path& store,
                                     const std::filesystem::path& key_file) {
  const std::filesystem::path file = key_file.empty() ? DefaultKeyFile(store) : key_file;
  ASSIGN_OR_RETURN(const std::optional<std::string> mark, reader.Get(Family::kMeta, kMetaKek));
  if (!mark.has_value()) {
    ASSIGN_OR_RETURN(const std::optional<uint32_t> schema, StoredSchema(reader));
    // A new key would be of no use to a store that is written with another.
    if (schema >= kSchemaEncrypted) return BadRecord(Family::kMeta, kMetaKek, "missing");
    ASSIGN_OR_RETURN(Secret key, ReadOrMakeKeyFile(file, store));
    return SubjectKeys(std::move(key), kFirstEpoch);
  }
  if (mark->size() != 8 + kKeyIdBytes) {
    return BadRecord(Family::kMeta, kMetaKek,
                     absl::StrCat("got ", mark->size(), " bytes, want ", 8 + kKeyIdBytes));
  }
  const std::string want_id = mark->substr(8);
  ASSIGN_OR_RETURN(Secret key, ReadKeyFile(file, store, want_id));
  const std::string id = KeyId(key);
  if (id != want_id) {
    return absl::FailedPreconditionError(
        absl::StrCat("key file: got ", file.string(), " with the key ", Hex(id), ", want ",
                     Hex(want_id), ", this store's own; name its file with --key-file"));
  }
  return SubjectKeys(std::move(key), static_cast<uint32_t>(ParseKey64(mark->substr(0, 8))));
}

}  // namespace distinct::ledger
