#include "engine/ledger/rows.h"

#include "absl/strings/str_cat.h"
#include "matchers/status.h"

namespace distinct::ledger {

std::string PersonKey(Ticket original, Ticket duplicate) {
  return Key64(Number(original)) + Key64(Number(duplicate));
}

std::string VerdictKey(Ticket number, Ticket smaller) {
  return Key64(Number(number)) + Key64(Number(smaller));
}

std::string CaseKey(Ticket ticket, bool closed) {
  std::string key(1, closed ? '1' : '0');
  return key += Key64(Number(ticket));
}

std::string TagMemberPrefix(std::string_view tag) {
  std::string prefix = "t";
  prefix += tag;
  prefix += '\0';  // in no tag, so that no tag is a prefix of another
  return prefix;
}

std::string TagMemberKey(std::string_view tag, Ticket ticket) {
  return TagMemberPrefix(tag) + Key64(Number(ticket));
}

std::string TagOfPrefix(Ticket ticket) { return absl::StrCat("n", Key64(Number(ticket))); }

std::string TagOfKey(Ticket ticket, std::string_view tag) {
  return TagOfPrefix(ticket) + std::string(tag);
}

std::string ImagePrefix(std::string_view digest) { return absl::StrCat("h", std::string(digest)); }

std::string ImageKey(std::string_view digest, Ticket ticket) {
  return ImagePrefix(digest) + Key64(Number(ticket));
}

std::string ImagesOfKey(Ticket ticket) { return absl::StrCat("n", Key64(Number(ticket))); }

absl::StatusOr<std::optional<State>> LoadState(const Reader& reader, Ticket ticket) {
  ASSIGN_OR_RETURN(std::optional<State> state,
                   Load(reader, Family::kState, Key64(Number(ticket)), DecodeState));
  if (state.has_value()) state->ticket = ticket;
  return state;
}

absl::StatusOr<State> RequireState(const Reader& reader, Ticket ticket) {
  ASSIGN_OR_RETURN(State state,
                   Require(reader, Family::kState, Key64(Number(ticket)), DecodeState));
  state.ticket = ticket;
  return state;
}

absl::StatusOr<EntryRecord> RequireEntry(const Reader& reader, Ticket ticket) {
  return Require(reader, Family::kEntry, Key64(Number(ticket)), DecodeEntry);
}

absl::StatusOr<std::optional<uint32_t>> StoredSchema(const Reader& reader) {
  // The body is the bare value: it is what tells the version of all others.
  ASSIGN_OR_RETURN(const std::optional<std::string> body, reader.Get(Family::kMeta, kMetaSchema));
  if (!body.has_value()) {
    bool entries = false;
    const auto any = [&](std::string_view, std::string_view) -> absl::StatusOr<bool> {
      entries = true;
      return false;
    };
    RETURN_IF_ERROR(reader.Scan(Family::kEntry, "", any));
    if (entries) return BadRecord(Family::kMeta, kMetaSchema, "missing");
    return std::nullopt;
  }
  if (body->size() != 8) {
    return BadRecord(Family::kMeta, kMetaSchema,
                     absl::StrCat("got ", body->size(), " bytes, want 8"));
  }
  const uint64_t schema = ParseKey64(*body);
  if (schema > kSchemaVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("store: got schema version ", schema, ", want at most ", kSchemaVersion,
                     "; it was written by a newer version, start that distinctd"));
  }
  return static_cast<uint32_t>(schema);
}

void ParseCaseKey(std::string_view key, Case& record) {
  record.closed = key.front() == '1';
  record.ticket = Ticket{ParseKey64(key.substr(1))};
}

absl::StatusOr<std::vector<VersionRecord>> LoadVersions(const Reader& reader) {
  ASSIGN_OR_RETURN(std::optional<std::vector<VersionRecord>> versions,
                   Load(reader, Family::kMeta, kMetaVersions, DecodeVersions));
  return std::move(versions).value_or(std::vector<VersionRecord>());
}

absl::StatusOr<Verdict> LoadVerdict(const Reader& reader, Ticket number, Ticket smaller) {
  ASSIGN_OR_RETURN(const std::optional<VerdictRecord> record,
                   Load(reader, Family::kVerdict, VerdictKey(number, smaller), DecodeVerdict));
  return record.has_value() ? record->verdict : Verdict::kNone;
}

absl::StatusOr<std::optional<Case>> LoadCase(const Reader& reader, Ticket ticket) {
  for (const bool closed : {false, true}) {
    const std::string key = CaseKey(ticket, closed);
    ASSIGN_OR_RETURN(std::optional<Case> record, Load(reader, Family::kCase, key, DecodeCase));
    if (!record.has_value()) continue;
    ParseCaseKey(key, *record);
    return record;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<Ticket>> TicketsUnder(const Reader& reader, Family family,
                                                 std::string_view prefix) {
  std::vector<Ticket> tickets;
  RETURN_IF_ERROR(reader.Scan(
      family, prefix, [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
        if (!key.starts_with(prefix)) return false;
        if (key.size() != prefix.size() + 8) {
          return BadRecord(
              family, key,
              absl::StrCat("got a key of ", key.size(), " bytes, want ", prefix.size() + 8));
        }
        tickets.push_back(Ticket{ParseKey64(key.substr(prefix.size()))});
        return true;
      }));
  return tickets;
}

}  // namespace distinct::ledger
