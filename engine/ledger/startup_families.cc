#include "engine/ledger/startup_families.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/ledger/changes.h"
#include "engine/ledger/digest.h"

namespace distinct::ledger {
namespace {

constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();

absl::Status CheckAudit(const Reader& reader, const HeadRecord& head) {
  std::string hash(kDigestBytes, '\0');
  const auto visit = [&](uint64_t number, std::string_view body) -> absl::Status {
    const absl::StatusOr<AuditRow> row = DecodeAudit(body);
    if (!row.ok()) {
      return BadRecord(Family::kAudit, Key64(number), std::string(row.status().message()));
    }
    hash = ChainLink(hash, number, AuditContent(*row));
    if (row->hash == hash) return absl::OkStatus();
    return BadRecord(Family::kAudit, Key64(number),
                     "got a hash that does not follow from the rows before it");
  };
  ASSIGN_OR_RETURN(const uint64_t last, ScanNumbered(reader, Family::kAudit, 0, kAll, visit));
  return CheckEnd(Family::kAudit, last, head.audit);
}

absl::Status CheckFeed(const Reader& reader, const HeadRecord& head) {
  const auto visit = [&](uint64_t number, std::string_view body) -> absl::Status {
    const absl::StatusOr<FeedRecord> record = DecodeFeed(body);
    if (record.ok()) return absl::OkStatus();
    return BadRecord(Family::kFeed, Key64(number), std::string(record.status().message()));
  };
  ASSIGN_OR_RETURN(const uint64_t last, ScanNumbered(reader, Family::kFeed, 0, kAll, visit));
  return CheckEnd(Family::kFeed, last, static_cast<uint64_t>(head.feed));
}

absl::Status CheckIds(const Reader& reader, IdSum& ids) {
  return reader.Scan(Family::kId, "",
                     [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
                       const absl::StatusOr<IdRecord> id = DecodeId(body);
                       if (!id.ok()) return BadRecord(Family::kId, key, "got another grammar");
                       ids.Add(key, id->ticket);
                       return true;
                     });
}

absl::Status CountKeys(const Reader& reader, uint64_t& keys) {
  return reader.Scan(Family::kKey, "",
                     [&](std::string_view, std::string_view) -> absl::StatusOr<bool> {
                       ++keys;
                       return true;
                     });
}

absl::Status CheckCases(const Reader& reader, uint64_t& open_reviews) {
  const auto check = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    absl::StatusOr<Case> record = DecodeCase(body);
    if (!record.ok() || key.size() != 9) {
      return BadRecord(Family::kCase, key, "got another grammar");
    }
    ParseCaseKey(key, *record);
    open_reviews += !record->closed && record->kind == CaseKind::kReview ? 1 : 0;
    return true;
  };
  return reader.Scan(Family::kCase, "", check);
}

absl::Status CheckImages(const Reader& reader) {
  const auto check = [](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    const bool list = key.size() == ImagesOfKey(kNoTicket).size() && key.starts_with('n');
    const bool image = key.size() == 1 + kImageDigestBytes + 8 && key.starts_with('h');
    if (list && DecodeImages(body).ok()) return true;
    if (image && DecodeImage(body).ok()) return true;
    return BadRecord(Family::kImage, key, "got another grammar");
  };
  return reader.Scan(Family::kImage, "", check);
}

}  // namespace

void IdSum::Add(std::string_view id, Ticket ticket) {
  ++count;
  sum += ParseKey64(Sha256(Key64(Number(ticket)) + std::string(id)).substr(0, 8));
}

absl::Status CheckEnd(Family family, uint64_t got, uint64_t want) {
  if (got == want) return absl::OkStatus();
  if (got < want) return BadRecord(family, Key64(got + 1), "missing");
  return BadRecord(Family::kMeta, kMetaHead,
                   absl::StrCat("got ", want, " as the end of ", std::string(FamilyName(family)),
                                ", want ", got));
}

absl::StatusOr<FamilyFacts> CheckFamilies(const Reader& reader, const HeadRecord& head) {
  FamilyFacts facts;
  RETURN_IF_ERROR(CheckAudit(reader, head));
  RETURN_IF_ERROR(CheckFeed(reader, head));
  RETURN_IF_ERROR(CheckIds(reader, facts.ids));
  RETURN_IF_ERROR(CountKeys(reader, facts.keys));
  RETURN_IF_ERROR(CheckCases(reader, facts.open_reviews));
  RETURN_IF_ERROR(CheckImages(reader));
  for (const Family family : {Family::kPerson, Family::kTag, Family::kJob, Family::kVerdict}) {
    RETURN_IF_ERROR(
        reader.Scan(family, "", [](std::string_view, std::string_view) -> absl::StatusOr<bool> {
          return true;  // the scan itself checks the checksums
        }));
  }
  return facts;
}

}  // namespace distinct::ledger
