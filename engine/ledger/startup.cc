#include "engine/ledger/startup.h"

#include <tbb/parallel_invoke.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
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
#include "engine/ledger/startup_families.h"
#include "engine/ledger/version_changes.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

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
    absl::Status entries;
    absl::StatusOr<FamilyFacts> others;
    tbb::parallel_invoke([&] { entries = Entries(); },
                         [&] { others = CheckFamilies(reader_, found_.tip.head); });
    RETURN_IF_ERROR(entries);
    RETURN_IF_ERROR(OpenList());
    RETURN_IF_ERROR(others.status());
    if (others->keys != encrypted_) return KeyWithoutTemplates();
    if (others->ids != ids_) return WrongId(others->ids.count);
    const uint64_t with_case = found_.tip.counts.review - found_.without_case.size();
    if (others->open_reviews == with_case) return found_;
    return BadRecord(Family::kCase, "",
                     absl::StrCat("got ", others->open_reviews, " open records, want ", with_case,
                                  ", one for each number in REVIEW that has a case"));
  }

 private:
  using Slice = std::vector<std::pair<Ticket, EntryRecord>>;
  using CheckedSlice = std::vector<absl::StatusOr<CheckedEntry>>;

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
      if (entry.enrolment.case_ticket >= ticket) return bad("got a case that is not earlier");
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
        ids_.Add(one->state->id.value, one->entry.ticket);
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

  // The ids are not the enrolments'.
  absl::Status WrongId(uint64_t got) const {
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
    return BadRecord(Family::kId, "", absl::StrCat("got ", got, " records, want ", ids_.count));
  }

  const Reader& reader_;
  const SubjectKeys& keys_;
  const Progress& progress_;
  const EntrySink& on_entries_;
  std::vector<VersionRecord> versions_;  // not written once the check runs
  // Written by Entries() alone, as is the rest.
  uint64_t encrypted_ = 0;
  IdSum ids_;
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
