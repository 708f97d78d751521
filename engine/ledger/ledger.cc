#include "engine/ledger/ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/ledger/case_changes.h"
#include "engine/ledger/changes.h"
#include "engine/ledger/codec.h"
#include "engine/ledger/commit_queue.h"
#include "engine/ledger/digest.h"
#include "engine/ledger/image_changes.h"
#include "engine/ledger/migration.h"
#include "engine/ledger/policy_changes.h"
#include "engine/ledger/rows.h"
#include "engine/ledger/startup.h"
#include "engine/ledger/store.h"
#include "engine/ledger/subject_keys.h"
#include "engine/ledger/version_changes.h"
#include "matchers/status.h"

namespace distinct::ledger {
namespace {

// A new store gets its schema version and keys in one write, with the empty head.
absl::StatusOr<Recovered> CreateStore(Store& store, const SubjectKeys& keys) {
  Recovered created;
  created.digest_key = RandomKey();
  Transaction transaction = store.Begin();
  transaction.Put(Family::kMeta, kMetaSchema, Key64(kSchemaVersion));
  transaction.Put(Family::kMeta, kMetaDigestKey, created.digest_key);
  transaction.Put(Family::kMeta, kMetaKek, keys.Mark());
  transaction.Put(Family::kMeta, kMetaHead, Encode(created.tip.head));
  RETURN_IF_ERROR(store.Commit(transaction));
  return created;
}

// Whatever is in REVIEW gets an examiner's case, or nobody would ever settle it.
absl::Status OpenMissingCases(Store& store, const SubjectKeys& keys, Recovered& recovered,
                              absl::Time now) {
  if (recovered.without_case.empty()) return absl::OkStatus();
  Transaction transaction = store.Begin();
  const Change change{transaction, recovered.tip, keys, now};
  for (const State& state : recovered.without_case) OpenCase(change, state, {});
  return store.Commit(transaction);
}

size_t BytesOf(const std::vector<Template>& templates) {
  size_t bytes = 0;
  for (const Template& one : templates) bytes += one.bytes.size();
  return bytes;
}

absl::StatusOr<std::vector<Ticket>> CurrentRecords(const Reader& reader, Ticket person) {
  ASSIGN_OR_RETURN(std::vector<Ticket> records,
                   TicketsUnder(reader, Family::kPerson, Key64(Number(person))));
  records.insert(records.begin(), person);
  std::vector<Ticket> current;
  for (const Ticket record : records) {
    ASSIGN_OR_RETURN(const State state, RequireState(reader, record));
    const bool own = record == person ||
                     (state.subject == person && state.decision.kind == DecisionKind::kAccepted);
    if (own && state.dropped_at == kNoTicket) current.push_back(record);
  }
  return current;
}

}  // namespace

struct Ledger::Impl {
  Impl(std::unique_ptr<Store> opened, SubjectKeys unlocked, Recovered recovered, Clock time)
      : store(std::move(opened)),
        keys(std::move(unlocked)),
        digest_key(std::move(recovered.digest_key)),
        clock(std::move(time)),
        queue(*store, recovered.tip) {}

  // Runs `body` with a Change in the commit queue and returns what it returned, once durable.
  template <typename Result, typename Body>
  absl::StatusOr<Result> Run(Body&& body) {
    Result result{};
    RETURN_IF_ERROR(queue.Run([&](Transaction& transaction, Tip& tip) -> absl::Status {
      ASSIGN_OR_RETURN(result, body(Change{transaction, tip, keys, clock()}));
      return absl::OkStatus();
    }));
    return result;
  }

  template <typename Body>
  absl::Status RunStatus(Body&& body) {
    return queue.Run([&](Transaction& transaction, Tip& tip) -> absl::Status {
      return body(Change{transaction, tip, keys, clock()});
    });
  }

  std::unique_ptr<Store> store;
  const SubjectKeys keys;
  const std::string digest_key;
  const Clock clock;
  CommitQueue queue;
  absl::Mutex backup;  // one at a time
};

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::~Ledger() = default;

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(const std::filesystem::path& directory,
                                                     const LedgerOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(directory, options.env));
  ASSIGN_OR_RETURN(const std::optional<uint32_t> schema, StoredSchema(*store->Snapshot()));
  ASSIGN_OR_RETURN(SubjectKeys keys, OpenKeys(*store->Snapshot(), directory, options.key_file));
  Recovered recovered;
  if (schema.has_value()) {
    RETURN_IF_ERROR(Migrate(*store, keys, options.progress));
    ASSIGN_OR_RETURN(const std::vector<VersionRecord> versions, LoadVersions(*store->Snapshot()));
    if (options.on_versions) RETURN_IF_ERROR(options.on_versions(versions));
    ASSIGN_OR_RETURN(recovered,
                     CheckStore(*store->Snapshot(), keys, options.progress, options.on_entries));
  } else {
    ASSIGN_OR_RETURN(recovered, CreateStore(*store, keys));
    if (options.on_versions) RETURN_IF_ERROR(options.on_versions({}));
  }
  RETURN_IF_ERROR(OpenMissingCases(*store, keys, recovered, options.clock()));
  return std::unique_ptr<Ledger>(new Ledger(std::make_unique<Impl>(
      std::move(store), std::move(keys), std::move(recovered), options.clock)));
}

std::string Ledger::Digest(std::string_view content) const {
  return HmacSha256(impl_->digest_key, content);
}

// Of another first byte than an enrolment's content, which begins with a field's tag or "update ".
std::string Ledger::DigestOfImage(std::string_view image) const {
  return HmacSha256(impl_->digest_key, "image " + Sha256(image)).substr(0, kImageDigestBytes);
}

absl::StatusOr<AppendResult> Ledger::Append(Enrolment enrolment, std::optional<Decision> refused) {
  return impl_->Run<AppendResult>(
      [&](const Change& change) { return AppendEnrolment(change, enrolment, refused); });
}

absl::StatusOr<DecideResult> Ledger::Decide(const DecideOp& op) {
  return impl_->Run<DecideResult>(
      [&](const Change& change) { return DecideEnrolment(change, op); });
}

absl::StatusOr<EraseResult> Ledger::Erase(const EnrolmentId& id, const AuditRecord& audit) {
  return impl_->Run<EraseResult>(
      [&](const Change& change) { return EraseEnrolment(change, id, audit); });
}

absl::StatusOr<EraseResult> Ledger::Withdraw(const EnrolmentId& id, const AuditRecord& audit) {
  return impl_->Run<EraseResult>(
      [&](const Change& change) { return WithdrawEnrolment(change, id, audit); });
}

absl::StatusOr<State> Ledger::Merge(const EnrolmentId& a, const EnrolmentId& b,
                                    const AuditRecord& audit) {
  return impl_->Run<State>([&](const Change& change) { return MergePersons(change, a, b, audit); });
}

absl::StatusOr<PolicyRecord> Ledger::SetPolicy(const Policy& policy, const AuditRecord& audit) {
  return impl_->Run<PolicyRecord>(
      [&](const Change& change) { return AddPolicy(change, policy, audit); });
}

Policy Ledger::policy() const { return policies()->back().policy; }
Policies Ledger::policies() const { return impl_->queue.tip().policies; }

absl::StatusOr<Policy> Ledger::PolicyOf(PolicyVersion version) const {
  const Policies all = policies();
  const auto number = static_cast<uint32_t>(version);
  if (number >= 1 && number <= all->size()) return (*all)[number - 1].policy;
  return absl::NotFoundError(
      absl::StrCat("policy: got version ", number, ", want 1 to ", all->size(), "; list them"));
}

absl::StatusOr<VersionRecord> Ledger::BeginVersion(const VersionRecord& wanted,
                                                   const AuditRecord& audit) {
  return impl_->Run<VersionRecord>(
      [&](const Change& change) { return ledger::BeginVersion(change, wanted, audit); });
}

absl::StatusOr<VersionRecord> Ledger::SwitchVersion(const SwitchOp& op, const AuditRecord& audit) {
  return impl_->Run<VersionRecord>(
      [&](const Change& change) { return ledger::SwitchVersion(change, op, audit); });
}

absl::Status Ledger::HoldAppends(bool held) {
  return impl_->RunStatus([&](const Change& change) {
    change.tip.held = held;
    return absl::OkStatus();
  });
}

Versions Ledger::versions() const { return impl_->queue.tip().versions; }
bool Ledger::switched() const { return impl_->queue.tip().switched; }

absl::StatusOr<VersionScan> Ledger::ScanVersion(Ticket after) const {
  const VersionRecord version = versions()->back();
  const std::unique_ptr<Reader> reader = impl_->store->Snapshot();
  ASSIGN_OR_RETURN(const HeadRecord head, Require(*reader, Family::kMeta, kMetaHead, DecodeHead));
  VersionScan scan;
  scan.scanned = head.head;
  const auto visit = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    const absl::StatusOr<State> state = DecodeState(body);
    if (!state.ok()) return BadRecord(Family::kState, key, std::string(state.status().message()));
    if (!IsSearchable(*state)) return true;
    const Ticket ticket{ParseKey64(key)};
    ASSIGN_OR_RETURN(const std::vector<Template> templates,
                     impl_->keys.LoadTemplates(*reader, ticket));
    if (!templates.empty()) {
      (Lacks(templates, version) ? scan.lacking : scan.complete).push_back(ticket);
    }
    return true;
  };
  RETURN_IF_ERROR(reader->Scan(Family::kState, Key64(Number(after) + 1), visit));
  return scan;
}

absl::StatusOr<bool> Ledger::AddVersionTemplates(Ticket ticket,
                                                 const std::vector<Template>& templates) {
  return impl_->Run<bool>(
      [&](const Change& change) { return ledger::AddVersionTemplates(change, ticket, templates); });
}

absl::StatusOr<KeptSamples> Ledger::SamplesOf(Ticket ticket) const {
  return impl_->keys.LoadSamples(*impl_->store->Snapshot(), ticket);
}

absl::StatusOr<std::vector<Case>> Ledger::Cases(bool closed, Ticket after, int count_max) const {
  std::vector<Case> cases;
  const auto visit = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    if (static_cast<int>(cases.size()) >= count_max) return false;
    absl::StatusOr<Case> record = DecodeCase(body);
    if (!record.ok()) return BadRecord(Family::kCase, key, std::string(record.status().message()));
    ParseCaseKey(key, *record);
    if (record->closed != closed) return false;
    cases.push_back(*std::move(record));
    return true;
  };
  const std::string from = CaseKey(Ticket{Number(after) + 1}, closed);
  RETURN_IF_ERROR(impl_->store->Snapshot()->Scan(Family::kCase, from, visit));
  return cases;
}

absl::StatusOr<Case> Ledger::CaseOf(Ticket ticket) const {
  ASSIGN_OR_RETURN(std::optional<Case> record, LoadCase(*impl_->store->Snapshot(), ticket));
  if (record.has_value()) return *std::move(record);
  return absl::NotFoundError(absl::StrCat("case: got number ", Number(ticket),
                                          ", want one that has a case; list the cases"));
}

absl::StatusOr<Case> Ledger::ClaimCase(Ticket ticket, const std::string& examiner,
                                       absl::Time until) {
  return impl_->Run<Case>(
      [&](const Change& change) { return ClaimOpenCase(change, ticket, examiner, until); });
}

absl::StatusOr<std::vector<Verdict>> Ledger::VerdictsOf(Ticket number,
                                                        absl::Span<const Ticket> smaller) const {
  const std::unique_ptr<Reader> reader = impl_->store->Snapshot();
  std::vector<Verdict> verdicts;
  for (const Ticket other : smaller) {
    ASSIGN_OR_RETURN(const Verdict verdict, LoadVerdict(*reader, number, other));
    verdicts.push_back(verdict);
  }
  return verdicts;
}

absl::StatusOr<State> Ledger::Distinguish(Ticket duplicate, absl::Span<const Ticket> others,
                                          const AuditRecord& audit) {
  return impl_->Run<State>(
      [&](const Change& change) { return DistinguishDuplicate(change, duplicate, others, audit); });
}

absl::StatusOr<std::vector<PairVerdict>> Ledger::VerdictsOfCase(Ticket number) const {
  return ledger::VerdictsOfCase(*impl_->store->Snapshot(), number);
}

absl::StatusOr<State> Ledger::Find(const EnrolmentId& id) const {
  const std::unique_ptr<Reader> reader = impl_->store->Snapshot();
  ASSIGN_OR_RETURN(const Ticket ticket, TicketOf(*reader, id));
  return RequireState(*reader, ticket);
}

absl::StatusOr<State> Ledger::StateOf(Ticket ticket) const {
  ASSIGN_OR_RETURN(std::vector<State> states, StatesOf({&ticket, 1}));
  return std::move(states.front());
}

absl::StatusOr<std::vector<State>> Ledger::StatesOf(absl::Span<const Ticket> tickets) const {
  const std::unique_ptr<Reader> reader = impl_->store->Snapshot();
  std::vector<State> states;
  states.reserve(tickets.size());
  for (const Ticket ticket : tickets) {
    ASSIGN_OR_RETURN(std::optional<State> state, LoadState(*reader, ticket));
    if (!state.has_value()) {
      return absl::NotFoundError(absl::StrCat("number: got ", Number(ticket),
                                              ", want that of an enrolment; check the number"));
    }
    states.push_back(*std::move(state));
  }
  return states;
}

absl::StatusOr<Enrolment> Ledger::Read(Ticket ticket) const {
  const std::unique_ptr<Reader> reader = impl_->store->Snapshot();
  ASSIGN_OR_RETURN(std::optional<EntryRecord> entry,
                   Load(*reader, Family::kEntry, Key64(Number(ticket)), DecodeEntry));
  if (!entry.has_value() || !entry->brings_templates()) {
    return absl::NotFoundError(absl::StrCat("number: got ", Number(ticket),
                                            ", want that of an enrolment; check the number"));
  }
  Enrolment enrolment = std::move(entry->enrolment);
  enrolment.ticket = ticket;
  enrolment.digest = std::move(entry->digest);
  enrolment.appended_at = entry->appended_at;
  ASSIGN_OR_RETURN(enrolment.templates, impl_->keys.LoadTemplates(*reader, ticket));
  return enrolment;
}

absl::StatusOr<std::vector<Replay>> Ledger::ReplaysOf(Ticket ticket) const {
  return LoadReplays(*impl_->store->Snapshot(), ticket);
}

absl::StatusOr<std::vector<Ticket>> Ledger::RecordsOfPerson(Ticket person) const {
  return CurrentRecords(*impl_->store->Snapshot(), person);
}

absl::StatusOr<std::vector<Template>> Ledger::TemplatesOfPerson(Ticket person) const {
  const std::unique_ptr<Reader> reader = impl_->store->Snapshot();
  ASSIGN_OR_RETURN(const std::vector<Ticket> records, CurrentRecords(*reader, person));
  std::vector<Template> templates;
  for (const Ticket record : records) {
    ASSIGN_OR_RETURN(std::vector<Template> some, impl_->keys.LoadTemplates(*reader, record));
    std::move(some.begin(), some.end(), std::back_inserter(templates));
  }
  return templates;
}

Ticket Ledger::head() const { return impl_->queue.tip().head.head; }

absl::StatusOr<std::vector<Entry>> Ledger::Follow(Ticket after, int count_max,
                                                  size_t bytes_max) const {
  const std::unique_ptr<Reader> reader = impl_->store->Snapshot();
  std::vector<Entry> entries;
  size_t bytes = 0;
  const auto visit = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    if (static_cast<int>(entries.size()) >= count_max || bytes >= bytes_max) return false;
    absl::StatusOr<EntryRecord> record = DecodeEntry(body);
    if (!record.ok()) {
      return BadRecord(Family::kEntry, key, std::string(record.status().message()));
    }
    Entry entry;
    entry.ticket = Ticket{ParseKey64(key)};
    entry.kind = record->kind;
    entry.closed = std::move(record->closed);
    if (record->brings_templates()) {
      ASSIGN_OR_RETURN(entry.templates, impl_->keys.LoadTemplates(*reader, entry.ticket));
    }
    bytes += BytesOf(entry.templates);
    entries.push_back(std::move(entry));
    return true;
  };
  RETURN_IF_ERROR(reader->Scan(Family::kEntry, Key64(Number(after) + 1), visit));
  return entries;
}

Ticket Ledger::WaitBeyond(Ticket after, absl::Duration timeout) const {
  return impl_->queue.WaitBeyond(after, timeout);
}

absl::StatusOr<std::vector<Ticket>> Ledger::OpenTickets(int count_max) const {
  std::vector<Ticket> tickets;
  RETURN_IF_ERROR(impl_->store->Snapshot()->Scan(
      Family::kOpen, "", [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
        if (static_cast<int>(tickets.size()) >= count_max) return false;
        tickets.push_back(Ticket{ParseKey64(key)});
        return true;
      }));
  return tickets;
}

absl::StatusOr<int> Ledger::CountFailedAttempt(Ticket ticket) {
  return impl_->Run<int>([&](const Change& change) { return AddFailedAttempt(change, ticket); });
}

absl::StatusOr<std::vector<FeedEvent>> Ledger::Feed(FeedSequence after, int count_max) const {
  const std::unique_ptr<Reader> reader = impl_->store->Snapshot();
  std::vector<FeedEvent> events;
  const auto visit = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    if (static_cast<int>(events.size()) >= count_max) return false;
    const absl::StatusOr<FeedRecord> record = DecodeFeed(body);
    if (!record.ok()) {
      return BadRecord(Family::kFeed, key, std::string(record.status().message()));
    }
    FeedEvent event;
    event.sequence = FeedSequence{ParseKey64(key)};
    event.kind = record->kind;
    ASSIGN_OR_RETURN(event.state, RequireState(*reader, record->ticket));
    ASSIGN_OR_RETURN(EntryRecord entry, RequireEntry(*reader, record->ticket));
    event.external_ref = std::move(entry.enrolment.external_ref);
    events.push_back(std::move(event));
    return true;
  };
  RETURN_IF_ERROR(reader->Scan(Family::kFeed, Key64(static_cast<uint64_t>(after) + 1), visit));
  return events;
}

FeedSequence Ledger::WaitFeedBeyond(FeedSequence after, absl::Duration timeout) const {
  return impl_->queue.WaitFeedBeyond(after, timeout);
}

absl::Status Ledger::Tag(const EnrolmentId& id, std::string_view tag) {
  return impl_->RunStatus([&](const Change& change) { return AddTag(change, id, tag); });
}

absl::Status Ledger::Untag(const EnrolmentId& id, std::string_view tag) {
  return impl_->RunStatus([&](const Change& change) { return RemoveTag(change, id, tag); });
}

absl::StatusOr<std::vector<Ticket>> Ledger::Tagged(std::string_view tag) const {
  RETURN_IF_ERROR(CheckTag(tag));
  return TicketsUnder(*impl_->store->Snapshot(), Family::kTag, TagMemberPrefix(tag));
}

absl::StatusOr<std::vector<std::string>> Ledger::TagsOf(Ticket ticket) const {
  const std::string prefix = TagOfPrefix(ticket);
  std::vector<std::string> tags;
  RETURN_IF_ERROR(impl_->store->Snapshot()->Scan(
      Family::kTag, prefix, [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
        if (!key.starts_with(prefix)) return false;
        tags.emplace_back(key.substr(prefix.size()));
        return true;
      }));
  return tags;
}

absl::StatusOr<std::vector<State>> Ledger::List(Ticket after, int count_max) const {
  std::vector<State> states;
  const auto visit = [&](std::string_view key, std::string_view body) -> absl::StatusOr<bool> {
    if (static_cast<int>(states.size()) >= count_max) return false;
    absl::StatusOr<State> state = DecodeState(body);
    if (!state.ok()) return BadRecord(Family::kState, key, std::string(state.status().message()));
    state->ticket = Ticket{ParseKey64(key)};
    states.push_back(*std::move(state));
    return true;
  };
  RETURN_IF_ERROR(impl_->store->Snapshot()->Scan(Family::kState, Key64(Number(after) + 1), visit));
  return states;
}

absl::Status Ledger::Audit(const AuditRecord& record) {
  return impl_->RunStatus([&](const Change& change) {
    AddAudit(change, record);
    return absl::OkStatus();
  });
}

absl::Status Ledger::PutJobState(std::string_view job, std::string_view value) {
  return impl_->RunStatus([&](const Change& change) {
    change.transaction.Put(Family::kJob, job, value);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<std::string>> Ledger::JobState(std::string_view job) const {
  return impl_->store->Snapshot()->Get(Family::kJob, job);
}

absl::StatusOr<BackupInfo> Ledger::Backup(const std::filesystem::path& folder) {
  if (!impl_->backup.TryLock()) {
    return absl::UnavailableError(
        "backup: got a call while another backup is being made, want one at a time; repeat later");
  }
  absl::StatusOr<BackupInfo> made = impl_->store->BackUp(folder, head());
  impl_->backup.Unlock();
  return made;
}

Counts Ledger::counts() const { return impl_->queue.tip().counts; }
uint64_t Ledger::bytes_on_disk() const { return impl_->store->bytes_on_disk(); }

}  // namespace distinct::ledger
