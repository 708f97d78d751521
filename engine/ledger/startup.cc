#include "engine/ledger/startup.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ledger/changes.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/digest.h"
#include "engine/ledger/rows.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

// Keys 1, 2, ... without a gap; hands each body on and returns the last number.
template <typename Visit>
absl::StatusOr<uint64_t> ScanNumbered(const Reader& reader, Family family, Visit&& visit) {
  uint64_t last = 0;
  const auto check = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    if (key.size() != 8 || ParseKey64(key) != last + 1) {
      return BadRecord(family, Key64(last + 1), "missing");
    }
    ++last;
    RETURN_IF_ERROR(visit(last, body));
    return true;
  };
  RETURN_IF_ERROR(reader.Scan(family, "", check));
  return last;
}

absl::Status CheckEnd(Family family, uint64_t got, uint64_t want) {
  if (got == want) return absl::OkStatus();
  if (got < want) return BadRecord(family, Key64(got + 1), "missing");
  return BadRecord(Family::kMeta, kMetaHead,
                   absl::StrCat("got ", want, " as the end of ", std::string(FamilyName(family)),
                                ", want ", got));
}

class Check {
 public:
  Check(const Reader& reader, const SubjectKeys& keys, const Progress& progress)
      : reader_(reader), keys_(keys), progress_(progress) {}

  absl::StatusOr<Recovered> Run() {
    ASSIGN_OR_RETURN(const std::optional<std::string> key,
                     reader_.Get(Family::kMeta, kMetaDigestKey));
    if (!key.has_value() || key->size() != kDigestBytes) {
      return BadRecord(Family::kMeta, kMetaDigestKey, "missing or of another length");
    }
    found_.digest_key = *key;
    ASSIGN_OR_RETURN(found_.tip.head, Require(reader_, Family::kMeta, kMetaHead, DecodeHead));
    RETURN_IF_ERROR(Entries());
    RETURN_IF_ERROR(Keys());
    RETURN_IF_ERROR(OpenList());
    RETURN_IF_ERROR(Audit());
    RETURN_IF_ERROR(Feed());
    RETURN_IF_ERROR(Ids());
    RETURN_IF_ERROR(Cases());
    for (const Family family : {Family::kPerson, Family::kTag, Family::kJob, Family::kVerdict}) {
      RETURN_IF_ERROR(
          reader_.Scan(family, "", [](std::string_view, std::string_view) -> absl::StatusOr<bool> {
            return true;  // the scan itself checks the checksums
          }));
    }
    return found_;
  }

 private:
  absl::Status Entries() {
    std::string chain(kDigestBytes, '\0');
    const auto visit = [&](uint64_t number, std::string_view body) -> absl::Status {
      const absl::StatusOr<EntryRecord> entry = DecodeEntry(body);
      if (!entry.ok()) {
        return BadRecord(Family::kEntry, Key64(number), std::string(entry.status().message()));
      }
      chain = ChainLink(chain, number, entry->digest);
      if (entry->chain != chain) {
        return BadRecord(Family::kEntry, Key64(number),
                         "got a chain that does not follow from the entries before it");
      }
      if (progress_) progress_("entries checked", number, Number(found_.tip.head.head));
      if (!entry->brings_templates()) return absl::OkStatus();
      return OneEnrolment(Ticket{number}, *entry);
    };
    ASSIGN_OR_RETURN(const uint64_t last, ScanNumbered(reader_, Family::kEntry, visit));
    RETURN_IF_ERROR(CheckEnd(Family::kEntry, last, Number(found_.tip.head.head)));
    if (chain != found_.tip.head.chain) {
      return BadRecord(Family::kMeta, kMetaHead, "got a chain that is not the last entry's");
    }
    return absl::OkStatus();
  }

  absl::Status OneEnrolment(Ticket ticket, const EntryRecord& entry) {
    ASSIGN_OR_RETURN(const State state, RequireState(reader_, ticket));
    if (state.id != entry.enrolment.id) {
      return BadRecord(Family::kState, Key64(Number(ticket)),
                       "got another enrolment_id than the entry's");
    }
    if (state.decision.kind == DecisionKind::kReview) {
      ASSIGN_OR_RETURN(const std::optional<Case> known, LoadCase(reader_, ticket));
      if (!known.has_value() || known->closed) found_.without_case.push_back(state);
    }
    ++enrolments_;
    ++CountOf(found_.tip.counts, state);
    ASSIGN_OR_RETURN(const std::optional<IdRecord> id,
                     Load(reader_, Family::kId, state.id.value, DecodeId));
    if (!id.has_value() || id->ticket != ticket) {
      return BadRecord(Family::kId, state.id.value,
                       absl::StrCat("missing, want number ", Number(ticket)));
    }
    ASSIGN_OR_RETURN(const std::vector<Template> templates, keys_.LoadTemplates(reader_, ticket));
    encrypted_ += templates.empty() ? 0 : 1;
    // An update is REFUSED after it was searchable, an enrolment before.
    const bool refused = state.decision.kind == DecisionKind::kRefused;
    const bool searchable = !refused && state.closed_at == kNoTicket;
    if (searchable && templates.empty()) {
      return BadRecord(Family::kTemplate, Key64(Number(ticket)), "missing");
    }
    if (state.closed_at != kNoTicket && !templates.empty()) {
      return BadRecord(Family::kTemplate, Key64(Number(ticket)),
                       "got templates of an erased enrolment, want none");
    }
    return absl::OkStatus();
  }

  // Each enrolment with templates has opened its key: one too many is an erasure that did not
  // destroy it.
  absl::Status Keys() {
    uint64_t count = 0;
    const auto add = [&](std::string_view, std::string_view) -> absl::StatusOr<bool> {
      ++count;
      return true;
    };
    RETURN_IF_ERROR(reader_.Scan(Family::kKey, "", add));
    if (count == encrypted_) return absl::OkStatus();
    const auto find = [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
      ASSIGN_OR_RETURN(const std::optional<std::string> sealed,
                       reader_.Get(Family::kTemplate, key));
      if (sealed.has_value()) return true;
      return BadRecord(Family::kKey, key, "got a key without templates, want neither");
    };
    return reader_.Scan(Family::kKey, "", find);
  }

  absl::Status OpenList() {
    uint64_t open = 0;
    const auto check = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
      if (key.size() != 8 || !DecodeOpen(body).ok()) {
        return BadRecord(Family::kOpen, key, "got another grammar");
      }
      ASSIGN_OR_RETURN(const State state, RequireState(reader_, Ticket{ParseKey64(key)}));
      if (state.decision.kind != DecisionKind::kOpen) {
        return BadRecord(Family::kOpen, key, "got an enrolment that is decided");
      }
      ++open;
      return true;
    };
    RETURN_IF_ERROR(reader_.Scan(Family::kOpen, "", check));
    if (open != found_.tip.counts.open) {
      return BadRecord(Family::kOpen, "",
                       absl::StrCat("got ", open, " records, want one for each of the ",
                                    found_.tip.counts.open, " OPEN enrolments"));
    }
    return absl::OkStatus();
  }

  absl::Status Audit() {
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
    ASSIGN_OR_RETURN(const uint64_t last, ScanNumbered(reader_, Family::kAudit, visit));
    return CheckEnd(Family::kAudit, last, found_.tip.head.audit);
  }

  absl::Status Feed() {
    const auto visit = [&](uint64_t number, std::string_view body) -> absl::Status {
      const absl::StatusOr<FeedRecord> record = DecodeFeed(body);
      if (record.ok()) return absl::OkStatus();
      return BadRecord(Family::kFeed, Key64(number), std::string(record.status().message()));
    };
    ASSIGN_OR_RETURN(const uint64_t last, ScanNumbered(reader_, Family::kFeed, visit));
    return CheckEnd(Family::kFeed, last, static_cast<uint64_t>(found_.tip.head.feed));
  }

  absl::Status Ids() {
    uint64_t ids = 0;
    RETURN_IF_ERROR(reader_.Scan(
        Family::kId, "", [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
          if (!DecodeId(body).ok()) return BadRecord(Family::kId, key, "got another grammar");
          ++ids;
          return true;
        }));
    if (ids == enrolments_) return absl::OkStatus();
    return BadRecord(Family::kId, "", absl::StrCat("got ", ids, " records, want ", enrolments_));
  }

  absl::Status Cases() {
    return reader_.Scan(Family::kCase, "",
                        [](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
                          if (key.size() == 9 && DecodeCase(body).ok()) return true;
                          return BadRecord(Family::kCase, key, "got another grammar");
                        });
  }

  const Reader& reader_;
  const SubjectKeys& keys_;
  const Progress& progress_;
  uint64_t encrypted_ = 0;
  uint64_t enrolments_ = 0;
  Recovered found_;
};

}  // namespace

absl::StatusOr<Recovered> CheckStore(const Reader& reader, const SubjectKeys& keys,
                                     const Progress& progress) {
  return Check(reader, keys, progress).Run();
}

}  // namespace distinct::ledger
