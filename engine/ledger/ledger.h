// The only truth: numbered entries in a gap-free order, decisions, tags, feed and audit.
//
//   Append (durable, numbered, idempotent by id) -> follow -> Decide (durable, compare-and-set)
//
// One RocksDB per store, one writer at a time, every write synchronous; concurrent calls share one
// flush (group commit). A class, not an interface, until a second backend exists.
// Thread-safe. Layout and checksums: FORMAT.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/ids.h"
#include "engine/ledger/clock.h"
#include "engine/ledger/progress.h"
#include "engine/ledger/record.h"
#include "engine/ledger/rocksdb_backup.h"

namespace rocksdb {
class Env;
}

namespace distinct::ledger {

enum class AppendOutcome : uint8_t {
  kNew,       // numbered now
  kJoined,    // same id, same content: the existing number
  kConflict,  // same id, other content: nothing written
};

struct AppendResult {
  AppendOutcome outcome = AppendOutcome::kNew;
  State state;
  PolicyVersion policy{1};  // of kNew: the one in force, stamped on it
};

// A decision to be written.
struct DecideOp {
  Ticket ticket = kNoTicket;
  DecisionKind from = DecisionKind::kOpen;  // or kReview, of an adjudication
  Decision decision;
  // Live persons matched hard; of more than one a merge case is opened.
  std::vector<Ticket> persons;
  std::vector<PairVerdict> verdicts;  // of an adjudication, with the decision they lead to
  AuditRecord audit;
};

struct DecideResult {
  State stored;      // what the ledger holds now
  bool won = false;  // this call wrote it
  // DUPLICATE of a person, or ACCEPTED for one, that is not live any more: nothing written,
  // resolve again.
  bool original_gone = false;
};

struct EraseResult {
  Ticket number = kNoTicket;   // of the ERASE entry; of the earlier one if erased before
  std::vector<Ticket> closed;  // empty if nothing was left to erase
};

// Enrolments by state; each is counted once. Erased ones count as `erased`, but as `withdrawn` if
// they had not been decided.
struct Counts {
  uint64_t unique = 0, duplicate = 0, review = 0, open = 0, refused = 0, withdrawn = 0, erased = 0;
  uint64_t accepted = 0;  // updates
};

// Puts a new template version in force.
struct SwitchOp {
  std::string modality;
  uint32_t to = 0;
  // Up to it Ledger::ScanVersion() has looked; later numbers are looked at by the switch itself.
  Ticket scanned = kNoTicket;
  std::vector<Ticket> staying;  // what lacks the new version, rising
};

// Who has the version that was begun last.
struct VersionScan {
  Ticket scanned = kNoTicket;    // every number up to it was looked at
  std::vector<Ticket> complete;  // rising; what can be found and lacks nothing
  std::vector<Ticket> lacking;   // rising; of the others that can be found
};

struct LedgerOptions {
  // Wraps the subjects' keys; made for a new store. Empty: STORE.key, next to the store's folder.
  std::filesystem::path key_file = {};
  Clock clock = SystemClock();  // stamps what is written
  // Of the check at the start, and of a migration before it.
  Progress progress = {};
  // Gets the template versions before `on_entries` gets the first entry; its error ends Open().
  std::function<absl::Status(const std::vector<VersionRecord>&)> on_versions = {};
  // Gets, during the check, what Follow() would give from the beginning; its error ends Open().
  EntrySink on_entries = {};
  rocksdb::Env* env = nullptr;  // of Store::Open()
};

class Ledger {
 public:
  // Opens or creates the store and reads every record once; a store of an earlier version is
  // migrated before that. FAILED_PRECONDITION: in use by another process, written by a newer
  // version, a folder with other files, or a key file that is missing, another store's or readable
  // by others. DATA_LOSS: a record that is missing, or whose checksum, grammar, chain or encryption
  // is wrong; names the record and the way out.
  static absl::StatusOr<std::unique_ptr<Ledger>> Open(const std::filesystem::path& directory,
                                                      const LedgerOptions& options = {});
  ~Ledger();

  // Keyed digest of an enrolment's content. Stable for the life of the store.
  std::string Digest(std::string_view content) const;

  // Keyed digest of an image's bytes, for Enrolment::images.
  std::string DigestOfImage(std::string_view image) const;

  // Gives `enrolment` the next number and stores it OPEN; or, if `refused`, REFUSED at once with
  // that decision. Durable on return. `ticket`, `policy`, `appended_at` and `decided_at` are set
  // here. INVALID_ARGUMENT: the id's grammar, a digest that is not from Digest(), or no template
  // and not refused. After RESOURCE_EXHAUSTED (no space) or INTERNAL (the disk) of this or any call
  // that writes, nothing is written until the store is opened again. FAILED_PRECONDITION: an update
  // whose subject is not a live person, or has an update that is OPEN or in REVIEW; a case that is
  // not erased, or has no DIFFERENT verdict.
  absl::StatusOr<AppendResult> Append(Enrolment enrolment, std::optional<Decision> refused);

  // Compare-and-set: writes the decision only if the state is `from`, DUPLICATE only if its
  // original is live, ACCEPTED only if its subject is. ACCEPTED also drops the templates that the
  // update replaces, REVIEW and several persons open a case, an adjudication closes it. Durable on
  // return; adds to feed and audit. `decided_at` is set here. NOT_FOUND: no such enrolment.
  // INVALID_ARGUMENT: a decision that this number cannot get, or an original that is not a smaller
  // number.
  absl::StatusOr<DecideResult> Decide(const DecideOp& op);

  // Erases a person (target UNIQUE: everything whose root it is closes with it) or a single
  // record; OPEN or REVIEW targets become WITHDRAWN. Templates and their keys are destroyed,
  // decisions stay. NOT_FOUND: no such enrolment.
  absl::StatusOr<EraseResult> Erase(const EnrolmentId& id, const AuditRecord& audit);
  // Takes back what is OPEN or in REVIEW: as Erase(). FAILED_PRECONDITION: it is decided.
  absl::StatusOr<EraseResult> Withdraw(const EnrolmentId& id, const AuditRecord& audit);
  // Two live persons are one: the later counts for the earlier from now on. Returns the later's
  // state. Merging what is merged changes nothing. Closes the merge cases that this settles.
  // NOT_FOUND: no such enrolment. FAILED_PRECONDITION: one of the two is not a live person.
  absl::StatusOr<State> Merge(const EnrolmentId& a, const EnrolmentId& b, const AuditRecord& audit);

  // Rules every enrolment and update with a larger number; what has a smaller one keeps its own.
  // `version` is set here, the next one. Setting the thresholds that are in force changes nothing
  // and returns their record. `audit` tells caller and, as its purpose, the reason.
  // INVALID_ARGUMENT: thresholds that are not HasSoundThresholds().
  absl::StatusOr<PolicyRecord> SetPolicy(const Policy& policy, const AuditRecord& audit);
  // The one in force.
  Policy policy() const;
  Policies policies() const;
  // NOT_FOUND: there is none of this version.
  absl::StatusOr<Policy> PolicyOf(PolicyVersion version) const;

  // From here on enrolments are to bring templates of `wanted.to` too. Beginning what was begun
  // changes nothing. FAILED_PRECONDITION: another is under way, a record stays in the version
  // before the last, or `to` is `from`.
  absl::StatusOr<VersionRecord> BeginVersion(const VersionRecord& wanted, const AuditRecord& audit);
  // Puts it in force, at the next start: until then appends are UNAVAILABLE. FAILED_PRECONDITION:
  // it was not begun, something is OPEN, or a number after `scanned` lacks it and does not stay.
  absl::StatusOr<VersionRecord> SwitchVersion(const SwitchOp& op, const AuditRecord& audit);
  // Appends are UNAVAILABLE while they are held, so that what is OPEN gets decided.
  absl::Status HoldAppends(bool held);
  // All that were begun.
  Versions versions() const;
  // SwitchVersion() was called since the store was opened.
  bool switched() const;
  // Numbers after `after`. REQUIRES: a version was begun.
  absl::StatusOr<VersionScan> ScanVersion(Ticket after) const;
  // Adds templates of the version under way to an enrolment. False, and nothing is written, if it
  // lacks none, would still lack some, or cannot be found any more: repeating it is harmless.
  absl::StatusOr<bool> AddVersionTemplates(Ticket ticket, const std::vector<Template>& templates);
  // Empty if none are kept, or the enrolment is erased.
  absl::StatusOr<KeptSamples> SamplesOf(Ticket ticket) const;

  // What examiners have to settle, by number, after `after`. Closed ones by themselves.
  absl::StatusOr<std::vector<Case>> Cases(bool closed, Ticket after, int count_max) const;
  // NOT_FOUND: there never was one.
  absl::StatusOr<Case> CaseOf(Ticket ticket) const;
  // Marks an open case as looked at by `examiner` until `until`; the same examiner may extend.
  // FAILED_PRECONDITION: closed, or claimed by somebody else.
  absl::StatusOr<Case> ClaimCase(Ticket ticket, const std::string& examiner, absl::Time until);
  // By the smaller numbers; kNone where there is none.
  absl::StatusOr<std::vector<Verdict>> VerdictsOf(Ticket number,
                                                  absl::Span<const Ticket> smaller) const;
  // A DUPLICATE is DIFFERENT from these numbers, an examiner says: stored for ever, in the place of
  // what was said before. Returns its state, which stays as it is; saying it again changes nothing.
  // FAILED_PRECONDITION: no DUPLICATE, or erased. INVALID_ARGUMENT: neither a candidate nor the
  // original.
  absl::StatusOr<State> Distinguish(Ticket duplicate, absl::Span<const Ticket> others,
                                    const AuditRecord& audit);
  // The verdicts on this number and on the cases that it carries on, of which the latest counts, by
  // rising numbers. Of kNoTicket: none. DATA_LOSS: a case that is not earlier.
  absl::StatusOr<std::vector<PairVerdict>> VerdictsOfCase(Ticket number) const;

  // NOT_FOUND: no such enrolment.
  absl::StatusOr<State> Find(const EnrolmentId& id) const;
  absl::StatusOr<State> StateOf(Ticket ticket) const;
  absl::StatusOr<std::vector<State>> StatesOf(absl::Span<const Ticket> tickets) const;
  absl::StatusOr<Enrolment> Read(Ticket ticket) const;  // with templates, unless erased
  // The images of this number that smaller ones had brought before: of each image the smallest
  // number that is decided, and all smaller ones that are OPEN. None of what is REFUSED or erased.
  absl::StatusOr<std::vector<Replay>> ReplaysOf(Ticket ticket) const;

  // The records that a person's templates and samples are of now: its own, or the update that
  // replaced it.
  absl::StatusOr<std::vector<Ticket>> RecordsOfPerson(Ticket person) const;
  // Their templates.
  absl::StatusOr<std::vector<Template>> TemplatesOfPerson(Ticket person) const;

  Ticket head() const;
  // Entries after `after`, in order, at most `count_max` and about `bytes_max`.
  absl::StatusOr<std::vector<Entry>> Follow(Ticket after, int count_max, size_t bytes_max) const;
  // Blocks until head() > after or the time-out; returns head().
  Ticket WaitBeyond(Ticket after, absl::Duration timeout) const;

  // OPEN enrolments, smallest first, for the recoverer.
  absl::StatusOr<std::vector<Ticket>> OpenTickets(int count_max) const;
  // Adds one to the failed attempts of an OPEN enrolment; returns the new count. Durable.
  absl::StatusOr<int> CountFailedAttempt(Ticket ticket);

  // Feed events with a sequence > after, in order.
  absl::StatusOr<std::vector<FeedEvent>> Feed(FeedSequence after, int count_max) const;
  FeedSequence WaitFeedBeyond(FeedSequence after, absl::Duration timeout) const;

  // Tags narrow an identification, never an enrolment's search. [A-Za-z0-9._-], 1 to 64 bytes.
  absl::Status Tag(const EnrolmentId& id, std::string_view tag);
  absl::Status Untag(const EnrolmentId& id, std::string_view tag);
  absl::StatusOr<std::vector<Ticket>> Tagged(std::string_view tag) const;
  absl::StatusOr<std::vector<std::string>> TagsOf(Ticket ticket) const;

  // Enrolments after `after` in ticket order, for paged lists (erased ones included).
  absl::StatusOr<std::vector<State>> List(Ticket after, int count_max) const;

  // Appends to the hash-chained audit. Durable on return.
  absl::Status Audit(const AuditRecord& record);

  // Progress of long jobs (cross-check): small named values. Durable on return.
  absl::Status PutJobState(std::string_view job, std::string_view value);
  absl::StatusOr<std::optional<std::string>> JobState(std::string_view job) const;

  // Adds a backup to `folder`, consistent and durable on return, while other calls go on: every
  // entry up to head() is in it, and perhaps some that came since. The key file is not.
  // UNAVAILABLE: another backup is being made. Other errors: rocksdb_backup.h.
  absl::StatusOr<BackupInfo> Backup(const std::filesystem::path& folder);

  Counts counts() const;
  uint64_t bytes_on_disk() const;

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace distinct::ledger
