// The ledger's records by key: codec.h's bodies in store.h's families.
//
// Loading a record that is not there gives nothing; Require...() makes that DATA_LOSS, for records
// that the ledger itself wrote. Errors name the record. Thread-safe as their reader is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/store.h"

namespace distinct::ledger {

// Keys of the meta family.
inline constexpr std::string_view kMetaSchema = "schema";
inline constexpr std::string_view kMetaDigestKey = "digest_key";
inline constexpr std::string_view kMetaHead = "head";
inline constexpr std::string_view kMetaKek = "kek";
inline constexpr std::string_view kMetaVersions = "versions";

// The person family lists what counts for a person: original, then duplicate.
std::string PersonKey(Ticket original, Ticket duplicate);
// The verdict family: the larger number, then the smaller, so that those of a number stand
// together.
std::string VerdictKey(Ticket number, Ticket smaller);
// The case family: what is open stands before what is closed, each by number.
std::string CaseKey(Ticket ticket, bool closed);
// REQUIRES: a key of CaseKey()'s length.
void ParseCaseKey(std::string_view key, Case& record);
// The tag family holds each membership twice: by tag and by ticket.
std::string TagMemberPrefix(std::string_view tag);
std::string TagMemberKey(std::string_view tag, Ticket ticket);
std::string TagOfPrefix(Ticket ticket);
std::string TagOfKey(Ticket ticket, std::string_view tag);

// The sample_hash family holds each image twice: by digest and number, and all of a number.
std::string ImagePrefix(std::string_view digest);
std::string ImageKey(std::string_view digest, Ticket ticket);
std::string ImagesOfKey(Ticket ticket);

// Runs `decode` on a record's body if it is there.
template <typename Record>
absl::StatusOr<std::optional<Record>> Load(
    const Reader& reader, Family family, std::string_view key,
    absl::StatusOr<Record> (*decode)(std::string_view body)) {
  absl::StatusOr<std::optional<std::string>> body = reader.Get(family, key);
  if (!body.ok()) return body.status();
  if (!body->has_value()) return std::nullopt;
  absl::StatusOr<Record> record = decode(**body);
  if (!record.ok()) return BadRecord(family, key, std::string(record.status().message()));
  return *std::move(record);
}

template <typename Record>
absl::StatusOr<Record> Require(const Reader& reader, Family family, std::string_view key,
                               absl::StatusOr<Record> (*decode)(std::string_view body)) {
  absl::StatusOr<std::optional<Record>> record = Load(reader, family, key, decode);
  if (!record.ok()) return record.status();
  if (!record->has_value()) return BadRecord(family, key, "missing");
  return **std::move(record);
}

// State with its ticket filled in.
absl::StatusOr<std::optional<State>> LoadState(const Reader& reader, Ticket ticket);
absl::StatusOr<State> RequireState(const Reader& reader, Ticket ticket);
absl::StatusOr<EntryRecord> RequireEntry(const Reader& reader, Ticket ticket);

// The store's schema version; nothing if the store is new and empty. FAILED_PRECONDITION: written
// by a newer version.
absl::StatusOr<std::optional<uint32_t>> StoredSchema(const Reader& reader);

// The template versions that were begun; empty if none ever was.
absl::StatusOr<std::vector<VersionRecord>> LoadVersions(const Reader& reader);

// The verdict on these two, if there is one.
absl::StatusOr<Verdict> LoadVerdict(const Reader& reader, Ticket number, Ticket smaller);
// The case of a number, open or closed.
absl::StatusOr<std::optional<Case>> LoadCase(const Reader& reader, Ticket ticket);

// The numbers after `prefix` of all keys that begin with it: members of a person or a tag.
absl::StatusOr<std::vector<Ticket>> TicketsUnder(const Reader& reader, Family family,
                                                 std::string_view prefix);

}  // namespace distinct::ledger
