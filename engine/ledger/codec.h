// The bodies of the ledger's records as bytes, after FORMAT.md: a version, then fields in a fixed
// order, integers big-endian. Decoding checks everything: it never trusts a length.
//
// Encoding never fails. Decoding errors are DATA_LOSS and say which field; the caller adds which
// record. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/ledger/record.h"

namespace distinct::ledger {

// Written by this version; a store with a higher one is refused.
inline constexpr uint32_t kSchemaVersion = 3;
// The first with encrypted templates, and the key file that they need.
inline constexpr uint32_t kSchemaEncrypted = 2;
// First byte of every body but those of an entry and a state, whose findings say what they ask for
// since versions 2 and 3, and of encrypted templates (subject_keys.h).
inline constexpr uint8_t kRecordVersion = 1;
inline constexpr uint8_t kEntryVersion = 3;
inline constexpr uint8_t kStateVersion = 3;
// Of an image: the first bytes of an HMAC-SHA-256. 128 bits never meet by chance.
inline constexpr size_t kImageDigestBytes = 16;

// Big-endian, so that byte order is number order.
std::string Key64(uint64_t number);
// REQUIRES: 8 bytes.
uint64_t ParseKey64(std::string_view key);

// A new template version is begun, or put in force.
struct VersionEntry {
  bool switches = false;
  std::string modality;
  uint32_t from = 0;
  uint32_t to = 0;
  std::vector<Ticket> staying;  // of a switch; rising
  std::string caller;           // who did it, and why
  std::string reason;
};

// What is in an entry besides the templates, which are a record of their own.
struct EntryRecord {
  EntryKind kind = EntryKind::kEnrol;
  std::string digest;  // 32 bytes
  std::string chain;   // 32 bytes, of this entry
  absl::Time appended_at;
  Enrolment enrolment;  // kEnrol, kUpdate; without templates, ticket, digest and time
  // kErase: what was to be erased; kDrop: the update that was accepted.
  Ticket target = kNoTicket;
  std::vector<Ticket> closed;  // kErase, kDrop; rising
  PolicyRecord policy;         // kPolicy; without number and time
  VersionEntry version;        // kVersion

  bool brings_templates() const { return kind == EntryKind::kEnrol || kind == EntryKind::kUpdate; }
};

struct IdRecord {
  Ticket ticket = kNoTicket;
  std::string digest;  // 32 bytes
};

struct OpenRecord {
  uint32_t attempts = 0;  // that failed
};

// A subject's key, wrapped by the key-encryption key of that epoch.
struct KeyRecord {
  uint32_t kek_epoch = 0;
  std::string wrapped;
};

struct FeedRecord {
  EventKind kind = EventKind::kDecided;
  Ticket ticket = kNoTicket;
};

struct VerdictRecord {
  Verdict verdict = Verdict::kNone;
  std::string examiner;
  absl::Time at;
};

struct AuditRow {
  std::string hash;  // 32 bytes, of this row and all before it
  absl::Time at;
  AuditRecord record;
};

// The ends of the ledger's sequences. Written with every change.
struct HeadRecord {
  Ticket head = kNoTicket;
  std::string chain = std::string(32, '\0');
  FeedSequence feed{0};
  uint64_t audit = 0;
  std::string audit_hash = std::string(32, '\0');
};

// What the images of one number are known by.
struct ImagesRecord {
  std::vector<ImageDigest> images;
};
// Where an image stood.
struct ImageRecord {
  Position position = Position::kUnknownFinger;
};

std::string Encode(const EntryRecord& record);
std::string Encode(const IdRecord& record);
std::string Encode(const State& record);  // without the ticket, which is the key
std::string Encode(const OpenRecord& record);
std::string Encode(const std::vector<Template>& templates);
std::string Encode(const KeyRecord& record);
std::string Encode(const ImagesRecord& record);
std::string Encode(const ImageRecord& record);
std::string Encode(const FeedRecord& record);
std::string Encode(const VerdictRecord& record);
std::string Encode(const Case& record);  // without ticket and closed, which are the key
std::string Encode(const AuditRow& record);
std::string Encode(const HeadRecord& record);
std::string Encode(const std::vector<VersionRecord>& versions);
std::string Encode(const KeptSamples& samples);

absl::StatusOr<EntryRecord> DecodeEntry(std::string_view body);
absl::StatusOr<IdRecord> DecodeId(std::string_view body);
absl::StatusOr<State> DecodeState(std::string_view body);
absl::StatusOr<OpenRecord> DecodeOpen(std::string_view body);
absl::StatusOr<std::vector<Template>> DecodeTemplates(std::string_view body);
absl::StatusOr<KeyRecord> DecodeKey(std::string_view body);
absl::StatusOr<ImagesRecord> DecodeImages(std::string_view body);
absl::StatusOr<ImageRecord> DecodeImage(std::string_view body);
absl::StatusOr<FeedRecord> DecodeFeed(std::string_view body);
absl::StatusOr<VerdictRecord> DecodeVerdict(std::string_view body);
absl::StatusOr<Case> DecodeCase(std::string_view body);
absl::StatusOr<AuditRow> DecodeAudit(std::string_view body);
absl::StatusOr<HeadRecord> DecodeHead(std::string_view body);
absl::StatusOr<std::vector<VersionRecord>> DecodeVersions(std::string_view body);
absl::StatusOr<KeptSamples> DecodeSamples(std::string_view body);

// What the chains cover besides number and predecessor: the digest of an entry without templates is
// taken over its own fields, an audit row's hash over its time and words.
// REQUIRES: an entry that brings no templates.
std::string EntryContent(const EntryRecord& record);
std::string AuditContent(const AuditRow& row);

}  // namespace distinct::ledger
