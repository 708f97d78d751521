#include "engine/ledger/startup.h"

#include <tbb/parallel_invoke.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/ledger/changes.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/digest.h"
#include "engine/ledger/rows.h"
#include "engine/ledger/version_changes.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

// Keys last + 1, last + 2, ... without a gap; hands at most `count_max` bodies on and returns the
// last number.
template <typename Visit>
absl::StatusOr<uint64_t> ScanNumbered(const Reader& reader, Family family, uint64_t last,
                                      uint64_t count_max, Visit&& visit) {
  const uint64_t end = last + count_max;
  const auto check = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    if (key.size() != 8 || ParseKey64(key) != last + 1) {
      return BadRecord(family, Key64(last + 1), "missing");
    }
    ++last;
    RETURN_IF_ERROR(visit(last, body));
    return last < end;
  };
  // From the very beginning also what should not be before 1 is seen.
  RETURN_IF_ERROR(reader.Scan(family, last == 0 ? "" : Key64(last + 1), check));
  return last;
}

constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();

absl::Status CheckEnd(Family family, uint64_t got, uint64_t want) {
  if (got == want) return absl::OkStatus();
  if (got < want) return BadRecord(family, Key64(got + 1), "missing");
  return BadRecord(Family::kMeta, kMetaHead,
                   absl::StrCat("got ", want, " as the end of ", std::string(FamilyName(family)),
                                ", want ", got));
}

// Entries that one thread checks at a time: about 600 KB of templates, a few milliseconds.
constexpr size_t kSliceEntries = 64;

size_t SlicesAhead() { return 2 * static_cast<size_t>(tbb::this_task_arena::max_concurrency()); }

// An entry and, if it brings templates, what belongs to it.
struct CheckedEntry {
  Entry entry;
  std::optional<State> state;
  bool without_case = false;
};

class Checker {
 public:
  Checker(const Reader& reader, const SubjectKeys& keys, const Progress& progress,
          const EntrySink& on_entries)
      : reader_(reader), keys_(keys), progress_(progress), on_entries_(on_entries) {}

  absl::StatusOr<Recovered> Run() {
    ASSIGN_OR_RETURN(const std::optional<std::string> key,
                     reader_.Get(Family::kMeta, kMetaDigestKey));
    if (!key.has_value() || key->size() != kDigestBytes) {
      return BadRecord(Family::kMeta, kMetaDigestKey, "missing or of another length");
    }
    found_.digest_key = *key;
    ASSIGN_OR_RETURN(versions_, LoadVersions(reader_));
    ASSIGN_OR_RETURN(found_.tip.head, Require(reader_, Family::kMeta, kMetaHead, DecodeHead));
    absl::Status entries, rest;
    tbb::parallel_invoke([&] { entries = Entries(); }, [&] { rest = Others(); });
    RETURN_IF_ERROR(entries);
    RETURN_IF_ERROR(OpenList());
    RETURN_IF_ERROR(rest);
    if (key_count_ != encrypted_) return KeyWithoutTemplates();
    if (ids_ != enrolments_ || id_marks_ != ids_of_enrolments_) return WrongId();
    const uint64_t with_case = found_.tip.counts.review - found_.without_case.size();
    if (open_reviews_ == with_case) return found_;
    return BadRecord(Family::kCase, "",
                     absl::StrCat("got ", open_reviews_, " open records, want ", with_case,
                                  ", one for each number in REVIEW that has a case"));
  }

 private:
  using Slice = std::vector<std::pair<Ticket, EntryRecord>>;
  using CheckedSlice = std::vector<absl::StatusOr<CheckedEntry>>;

  // What says nothing of single entries.
  absl::Status Others() {
    RETURN_IF_ERROR(Audit());
    RETURN_IF_ERROR(Feed());
    RETURN_IF_ERROR(Ids());
    RETURN_IF_ERROR(CountKeys());
    RETURN_IF_ERROR(Cases());
    RETURN_IF_ERROR(Images());
    for (const Family family : {Family::kPerson, Family::kTag, Family::kJob, Family::kVerdict}) {
      RETURN_IF_ERROR(
          reader_.Scan(family, "", [](std::string_view, std::string_view) -> absl::StatusOr<bool> {
            return true;  // the scan itself checks the checksums
          }));
    }
    return absl::OkStatus();
  }

  // One slice is read while others are checked; they are taken in order.
  absl::Status Entries() {
    std::string chain(kDigestBytes, '\0');
    uint64_t last = 0;
    absl::Status read, taken;
    std::atomic<bool> refused{false};  // in taken
    const auto read_one = [&](tbb::flow_control& flow) {
      Slice slice;
      if (!refused) read = ReadSlice(last, chain, slice);
      if (!read.ok() || slice.empty()) flow.stop();
      return slice;
    };
    const auto take_one = [&](CheckedSlice slice) {
      if (taken.ok()) taken = Take(std::move(slice));
      refused = !taken.ok();
    };
    tbb::parallel_pipeline(
        SlicesAhead(),
        tbb::make_filter<void, Slice>(tbb::filter_mode::serial_in_order, read_one) &
            tbb::make_filter<Slice, CheckedSlice>(
                tbb::filter_mode::parallel, [this](const Slice& one) { return CheckSlice(one); }) &
            tbb::make_filter<CheckedSlice, void>(tbb::filter_mode::serial_in_order, take_one));
    RETURN_IF_ERROR(taken);
    RETURN_IF_ERROR(read);
    RETURN_IF_ERROR(CheckEnd(Family::kEntry, last, Number(found_.tip.head.head)));
    found_.tip.policies = std::make_shared<const std::vector<PolicyRecord>>(policies_);
    if (Encode(versions_of_entries_) != Encode(versions_)) {
      return BadRecord(Family::kMeta, kMetaVersions, "got other versions than the entries'");
    }
    found_.tip.versions = std::make_shared<const std::vector<VersionRecord>>(versions_);
    if (chain != found_.tip.head.chain) {
      return BadRecord(Family::kMeta, kMetaHead, "got a chain that is not the last entry's");
    }
    return absl::OkStatus();
  }

  // Those after `last`, which moves on as `chain` does. Empty at the end.
  absl::Status ReadSlice(uint64_t& last, std::string& chain, Slice& slice) {
    const auto add = [&](uint64_t number, std::string_view body) -> absl::Status {
      absl::StatusOr<EntryRecord> entry = DecodeEntry(body);
      if (!entry.ok()) {
        return BadRecord(Family::kEntry, Key64(number), std::string(entry.status().message()));
      }
      chain = ChainLink(chain, number, entry->digest);
      if (entry->chain != chain) {
        return BadRecord(Family::kEntry, Key64(number),
                         "got a chain that does not follow from the entries before it");
      }
      RETURN_IF_ERROR(CheckOwnContent(Ticket{number}, *entry));
      slice.emplace_back(Ticket{number}, *std::move(entry));
      return absl::OkStatus();
    };
    ASSIGN_OR_RETURN(last, ScanNumbered(reader_, Family::kEntry, last, kSliceEntries, add));
    return absl::OkStatus();
  }

  // What an entry says beside the templates' digest, which only the caller can make again.
  absl::Status CheckOwnContent(Ticket ticket, const EntryRecord& entry) {
    const auto bad = [&](const std::string& reason) {
      return BadRecord(Family::kEntry, Key64(Number(ticket)), reason);
    };
    const auto in_force = static_cast<uint32_t>(policies_.back().policy.version);
    if (entry.brings_templates()) {
      if (entry.enrolment.policy == policies_.back().policy.version) return absl::OkStatus();
      return bad(absl::StrCat("got policy version ", static_cast<uint32_t>(entry.enrolment.policy),
                              ", want ", in_force, ", which was in force"));
    }
    if (entry.digest != Sha256(EntryContent(entry))) return bad("got a digest of other content");
    if (entry.kind == EntryKind::kVersion) {
      const absl::Status follows = AddVersionEntry(ticket, entry.version, versions_of_entries_);
      return follows.ok() ? follows : bad(std::string(follows.message()));
    }
    if (entry.kind != EntryKind::kPolicy) return absl::OkStatus();
    const auto version = static_cast<uint32_t>(entry.policy.policy.version);
    if (version != in_force + 1) {
      return bad(absl::StrCat("got policy version ", version, ", want ", in_force + 1));
    }
    policies_.push_back(entry.policy);
    policies_.back().number = ticket;
    policies_.back().set_at = entry.appended_at;
    return absl::OkStatus();
  }

  // Counts what a slice gave and hands it on.
  absl::Status Take(CheckedSlice checked) {
    std::vector<Entry> entries;
    entries.reserve(checked.size());
    for (absl::StatusOr<CheckedEntry>& one : checked) {
      RETURN_IF_ERROR(one.status());
      encrypted_ += one->entry.templates.empty() ? 0 : 1;
      if (one->state.has_value()) {
        ++enrolments_;
        ids_of_enrolments_ += IdMark(one->state->id.value, one->entry.ticket);
        ++CountOf(found_.tip.counts, *one->state);
      }
      if (one->without_case) found_.without_case.push_back(*one->state);
      entries.push_back(std::move(one->entry));
    }
    if (progress_) {
      progress_("entries checked", Number(entries.back().ticket), Number(found_.tip.head.head));
    }
    return on_entries_ ? on_entries_(std::move(entries)) : absl::OkStatus();
  }

  // The records of a family under the numbers of a slice, read one after the other: a read for
  // each would be a search among tables, and the disk's latency.
  template <typename Visit>
  absl::Status ReadBeside(Family family, const Slice& slice, Visit&& visit) const {
    const uint64_t last = Number(slice.back().first);
    return reader_.Scan(family, Key64(Number(slice.front().first)),
                        [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
                          if (key.size() != 8) return BadRecord(family, key, "got another key");
                          const uint64_t number = ParseKey64(key);
                          if (number > last) return false;
                          RETURN_IF_ERROR(visit(Ticket{number}, body));
                          return true;
                        });
  }

  // What belongs to the numbers of a slice.
  struct Beside {
    std::map<Ticket, State> states;
    std::map<Ticket, std::vector<Template>> templates;
  };

  absl::StatusOr<Beside> ReadBeside(const Slice& slice) const {
    Beside beside;
    std::map<Ticket, std::string> keys;
    RETURN_IF_ERROR(ReadBeside(
        Family::kState, slice, [&](Ticket ticket, std::string_view body) -> absl::Status {
          absl::StatusOr<State> state = DecodeState(body);
          if (!state.ok()) {
            return BadRecord(Family::kState, Key64(Number(ticket)),
                             std::string(state.status().message()));
          }
          state->ticket = ticket;
          beside.states.emplace_hint(beside.states.end(), ticket, *std::move(state));
          return absl::OkStatus();
        }));
    RETURN_IF_ERROR(ReadBeside(Family::kKey, slice, [&](Ticket ticket, std::string_view body) {
      keys.emplace_hint(keys.end(), ticket, body);
      return absl::OkStatus();
    }));
    RETURN_IF_ERROR(ReadBeside(
        Family::kTemplate, slice, [&](Ticket ticket, std::string_view body) -> absl::Status {
          const auto key = keys.find(ticket);
          if (key == keys.end()) return BadRecord(Family::kKey, Key64(Number(ticket)), "missing");
          ASSIGN_OR_RETURN(std::vector<Template> opened,
                           keys_.OpenTemplates(ticket, key->second, body));
          beside.templates.emplace_hint(beside.templates.end(), ticket, std::move(opened));
          return absl::OkStatus();
        }));
    return beside;
  }

  CheckedSlice CheckSlice(const Slice& slice) const {
    CheckedSlice checked;
    checked.reserve(slice.size());
    absl::StatusOr<Beside> beside = ReadBeside(slice);
    if (!beside.ok()) {
      checked.emplace_back(beside.status());
      return checked;
    }
    for (const auto& [ticket, record] : slice) {
      if (record.brings_templates()) {
        checked.push_back(OneEnrolment(ticket, record, *beside));
      } else {
        checked.push_back(CheckedEntry{{ticket, record.kind, {}, record.closed}, {}});
      }
    }
    return checked;
  }

  static absl::StatusOr<CheckedEntry> Missing(Family family, Ticket ticket) {
    return BadRecord(family, Key64(Number(ticket)), "missing");
  }

  absl::StatusOr<CheckedEntry> OneEnrolment(Ticket ticket, const EntryRecord& entry,
                                            Beside& beside) const {
    const auto found = beside.states.find(ticket);
    if (found == beside.states.end()) return Missing(Family::kState, ticket);
    State state = std::move(found->second);
    if (state.id != entry.enrolment.id) {
      return BadRecord(Family::kState, Key64(Number(ticket)),
                       "got another enrolment_id than the entry's");
    }
    bool without_case = false;
    if (state.decision.kind == DecisionKind::kReview) {
      ASSIGN_OR_RETURN(const std::optional<Case> known, LoadCase(reader_, ticket));
      without_case = !known.has_value() || known->closed;
    }
    std::vector<Template> templates;
    if (const auto opened = beside.templates.find(ticket); opened != beside.templates.end()) {
      templates = std::move(opened->second);
    }
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
    if (state.closed_at != kNoTicket) {
      ASSIGN_OR_RETURN(const std::optional<std::string> images,
                       reader_.Get(Family::kImage, ImagesOfKey(ticket)));
      if (images.has_value()) {
        return BadRecord(Family::kImage, ImagesOfKey(ticket),
                         "got images of an erased enrolment, want none");
      }
    }
    if (IsSearchable(state)) RETURN_IF_ERROR(CheckVersion(ticket, templates));
    return CheckedEntry{
        {ticket, entry.kind, std::move(templates), {}}, std::move(state), without_case};
  }

  // What the version in force does not find must be listed as staying in the one before.
  absl::Status CheckVersion(Ticket ticket, const std::vector<Template>& templates) const {
    if (versions_.empty() || versions_.back().switched_at == kNoTicket) return absl::OkStatus();
    const VersionRecord& version = versions_.back();
    const bool found = ticket > version.switched_at ? !IsOfOldOnly(templates, version)
                                                    : !Lacks(templates, version);
    const std::vector<Ticket>& rest = version.staying;
    if (found || std::binary_search(rest.begin(), rest.end(), ticket)) return absl::OkStatus();
    return BadRecord(Family::kTemplate, Key64(Number(ticket)),
                     absl::StrCat("got none of ", version.modality, " version ", version.to,
                                  ", which is in force"));
  }

  absl::Status CountKeys() {
    return reader_.Scan(Family::kKey, "",
                        [&](std::string_view, std::string_view) -> absl::StatusOr<bool> {
                          ++key_count_;
                          return true;
                        });
  }

  // Each enrolment with templates has opened its key: one too many is an erasure that did not
  // destroy it.
  absl::Status KeyWithoutTemplates() const {
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
    ASSIGN_OR_RETURN(const uint64_t last, ScanNumbered(reader_, Family::kAudit, 0, kAll, visit));
    return CheckEnd(Family::kAudit, last, found_.tip.head.audit);
  }

  absl::Status Feed() {
    const auto visit = [&](uint64_t number, std::string_view body) -> absl::Status {
      const absl::StatusOr<FeedRecord> record = DecodeFeed(body);
      if (record.ok()) return absl::OkStatus();
      return BadRecord(Family::kFeed, Key64(number), std::string(record.status().message()));
    };
    ASSIGN_OR_RETURN(const uint64_t last, ScanNumbered(reader_, Family::kFeed, 0, kAll, visit));
    return CheckEnd(Family::kFeed, last, static_cast<uint64_t>(found_.tip.head.feed));
  }

  absl::Status Ids() {
    return reader_.Scan(Family::kId, "",
                        [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
                          const absl::StatusOr<IdRecord> id = DecodeId(body);
                          if (!id.ok()) return BadRecord(Family::kId, key, "got another grammar");
                          ++ids_;
                          id_marks_ += IdMark(key, id->ticket);
                          return true;
                        });
  }

  // Ids lie in another order than numbers: the sum of all tells whether they are the same, without
  // a read here and there for each.
  static uint64_t IdMark(std::string_view id, Ticket ticket) {
    return ParseKey64(Sha256(Key64(Number(ticket)) + std::string(id)).substr(0, 8));
  }

  // They are not.
  absl::Status WrongId() const {
    RETURN_IF_ERROR(reader_.Scan(
        Family::kState, "", [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
          const Ticket ticket{ParseKey64(key)};
          ASSIGN_OR_RETURN(const State state, RequireState(reader_, ticket));
          ASSIGN_OR_RETURN(const std::optional<IdRecord> id,
                           Load(reader_, Family::kId, state.id.value, DecodeId));
          if (id.has_value() && id->ticket == ticket) return true;
          return BadRecord(Family::kId, state.id.value,
                           absl::StrCat("missing, want number ", Number(ticket)));
        }));
    return BadRecord(Family::kId, "", absl::StrCat("got ", ids_, " records, want ", enrolments_));
  }

  absl::Status Cases() {
    const auto check = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
      absl::StatusOr<Case> record = DecodeCase(body);
      if (!record.ok() || key.size() != 9) {
        return BadRecord(Family::kCase, key, "got another grammar");
      }
      ParseCaseKey(key, *record);
      open_reviews_ += !record->closed && record->kind == CaseKind::kReview ? 1 : 0;
      return true;
    };
    return reader_.Scan(Family::kCase, "", check);
  }

  absl::Status Images() {
    const auto check = [](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
      const bool list = key.size() == ImagesOfKey(kNoTicket).size() && key.starts_with('n');
      const bool image = key.size() == 1 + kImageDigestBytes + 8 && key.starts_with('h');
      if (list && DecodeImages(body).ok()) return true;
      if (image && DecodeImage(body).ok()) return true;
      return BadRecord(Family::kImage, key, "got another grammar");
    };
    return reader_.Scan(Family::kImage, "", check);
  }

  const Reader& reader_;
  const SubjectKeys& keys_;
  const Progress& progress_;
  const EntrySink& on_entries_;
  std::vector<VersionRecord> versions_;  // not written once the check runs
  uint64_t ids_ = 0;                     // this and the next three are written by Others() alone
  uint64_t id_marks_ = 0;
  uint64_t key_count_ = 0;
  uint64_t open_reviews_ = 0;
  uint64_t encrypted_ = 0;  // this and the next four by Entries() alone
  uint64_t enrolments_ = 0;
  uint64_t ids_of_enrolments_ = 0;
  std::vector<PolicyRecord> policies_ = {FirstPolicy()};
  std::vector<VersionRecord> versions_of_entries_;
  Recovered found_;
};

}  // namespace

absl::StatusOr<Recovered> CheckStore(const Reader& reader, const SubjectKeys& keys,
                                     const Progress& progress, const EntrySink& on_entries) {
  return Checker(reader, keys, progress, on_entries).Run();
}

}  // namespace distinct::ledger
