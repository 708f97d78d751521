// What the ledger keeps. Plain data; the bytes on disk are specified in FORMAT.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/ids.h"
#include "engine/ledger/finding.h"
#include "engine/policy.h"
#include "matchers/modality.h"
#include "matchers/types.h"

namespace distinct::ledger {

// States of an enrolment: kOpen -> any other but kAccepted; kReview -> kUnique, kDuplicate,
// kWithdrawn. Of an update: kOpen -> kAccepted, kReview, kRefused, kWithdrawn; kReview -> the same
// but kReview. Nothing else, ever.
enum class DecisionKind : uint8_t {
  kOpen = 0,
  kUnique = 1,
  kDuplicate = 2,
  kReview = 3,
  kRefused = 4,
  kWithdrawn = 5,
  kAccepted = 6,
};

// What an examiner said of two numbers.
enum class Verdict : uint8_t { kNone = 0, kSame = 1, kDifferent = 2 };

struct PositionLlr {
  Position position = Position::kUnknownFinger;  // of the probe
  Llr llr;
};

// A person in the gallery that the probe was compared with and found alike.
struct CandidateRecord {
  Ticket ticket = kNoTicket;
  EnrolmentId id;
  Llr llr;
  std::vector<PositionLlr> positions;
};

struct Decision {
  DecisionKind kind = DecisionKind::kOpen;
  Ticket original = kNoTicket;              // of a DUPLICATE: the live person it belongs to
  std::vector<CandidateRecord> candidates;  // by falling llr, at most 20
  std::vector<Finding> findings;
  uint64_t searched_count = 0;
  uint64_t gallery_count = 0;
  absl::Time decided_at;
};

struct MissingPosition {
  Position position = Position::kUnknownFinger;
  std::string reason;  // AMPUTATED, BANDAGED, DAMAGED or OTHER
  bool operator==(const MissingPosition&) const = default;
};

// The image of a sample by a keyed digest (Ledger::DigestOfImage()): what a replay is known by.
struct ImageDigest {
  Position position = Position::kUnknownFinger;
  std::string digest;
  bool operator==(const ImageDigest&) const = default;
};

// An image that a smaller number had brought before, bit for bit.
struct Replay {
  Position position = Position::kUnknownFinger;
  Ticket earlier = kNoTicket;
  Position earlier_position = Position::kUnknownFinger;  // where it stood there
};

// A sample as it was sent, kept for examiners and to be extracted again.
struct KeptSample {
  Position position = Position::kUnknownFinger;
  double dpi = 0;     // as Sample::dpi
  std::string image;  // encoded
};
using KeptSamples = std::vector<KeptSample>;

// One enrolment or update as appended; never changed afterwards, but for templates of a new version
// beside those that it has.
struct Enrolment {
  Ticket ticket = kNoTicket;
  Ticket subject = kNoTicket;  // of an update: the person whose templates it replaces
  // An earlier record of the same person, erased since, whose DIFFERENT verdicts stand for this
  // one.
  Ticket case_ticket = kNoTicket;
  EnrolmentId id;
  std::string external_ref;
  std::string digest;  // HMAC-SHA-256 over the content, keyed by the store: same id, same digest
  std::vector<Template> templates;  // of all samples; up to three of one position
  std::vector<MissingPosition> missing;
  std::vector<Finding> findings;                // of extraction
  std::map<std::string, std::string> metadata;  // capture station, operator, ...
  std::string caller;                           // certificate subject, else "unauthenticated local"
  PolicyVersion policy{1};                      // in force when it was appended
  FindingPolicy finding_policy;
  std::vector<ImageDigest> images;  // to be appended; Read() leaves it empty, see ReplaysOf()
  absl::Time appended_at;
  // To be kept with it; null: none are. Ledger::SamplesOf() reads them back.
  std::shared_ptr<const KeptSamples> samples;
};

// Where an enrolment stands now: its decision, and what happened to it since.
struct State {
  Ticket ticket = kNoTicket;
  EnrolmentId id;
  Ticket subject = kNoTicket;  // of an update
  Decision decision;
  Ticket closed_at = kNoTicket;   // number of the ERASE entry, set once
  Ticket parent = kNoTicket;      // the person that it was merged into, a smaller number, set once
  Ticket dropped_at = kNoTicket;  // number of the DROP entry: its templates were replaced, set once
};

// The next number on the way to the person that a record counts for: a DUPLICATE's original, an
// ACCEPTED update's subject, whom a person was merged into; kNoTicket at the end of the way.
Ticket CountsFor(const State& state);
// A person of their own: UNIQUE, not merged into another, not erased.
bool IsLive(const State& state);

enum class EntryKind : uint8_t {
  kEnrol = 1,
  kErase = 2,
  kUpdate = 3,
  kDrop = 4,
  kPolicy = 5,
  kVersion = 6
};

// One numbered entry, as the gallery's follower sees it.
struct Entry {
  Ticket ticket = kNoTicket;
  EntryKind kind = EntryKind::kEnrol;
  // kEnrol, kUpdate: the templates; none if refused at once (never a candidate) or erased since.
  std::vector<Template> templates;
  // kErase: every enrolment that closes with it (target, and all whose root is the target).
  // kDrop: those whose templates an accepted update replaces.
  std::vector<Ticket> closed;
  // kPolicy and kVersion change nothing that a search of this process finds.
};

// A policy as it was set.
struct PolicyRecord {
  Policy policy;
  Ticket number = kNoTicket;  // of its entry: it rules larger ones; kNoTicket for the first policy
  std::string caller;         // who set it, and why; empty for the first
  std::string reason;
  absl::Time set_at;
};

PolicyRecord FirstPolicy();

// All that a store has had, by version from 1. Never empty.
using Policies = std::shared_ptr<const std::vector<PolicyRecord>>;

// The templates of one modality go from a version to another (decisions/0002).
struct VersionRecord {
  std::string modality;  // Modality::name()
  uint32_t from = 0;
  uint32_t to = 0;
  Ticket begun_at = kNoTicket;     // number of the entry; larger ones bring both versions
  Ticket switched_at = kNoTicket;  // kNoTicket: not yet; larger numbers search `to`
  // Numbers that stay in `from`, rising: those that lacked `to` at the switch.
  std::vector<Ticket> staying;
};
using Versions = std::shared_ptr<const std::vector<VersionRecord>>;

// Gets entries in order, some at a time, one call after the other, before a later one is known to
// be sound.
using EntrySink = std::function<absl::Status(std::vector<Entry> entries)>;

enum class EventKind : uint8_t {
  kDecided = 1,
  kErased = 2,
  kAdjudicated = 3,
  kMerged = 4,
  kWithdrawn = 5,
};

struct FeedEvent {
  FeedSequence sequence{0};
  EventKind kind = EventKind::kDecided;
  State state;  // as of now, not as of the event
  std::string external_ref;
};

// An examiner's word on two numbers; it stands for ever, a later one replaces it.
struct PairVerdict {
  Ticket other = kNoTicket;  // the smaller of the two
  Verdict verdict = Verdict::kNone;
};

enum class CaseKind : uint8_t {
  kReview = 1,  // a number in REVIEW
  kMerge = 2,   // a number that is of several persons who are all live
};

// What an examiner has to settle. A number has at most one case, which is named by it.
struct Case {
  Ticket ticket = kNoTicket;
  CaseKind kind = CaseKind::kReview;
  std::vector<Ticket> persons;  // of kMerge, rising
  absl::Time opened_at;
  std::string claimed_by;    // whoever looks at it now; empty: nobody
  absl::Time claimed_until;  // then anybody may claim it
  bool closed = false;
};

// A recorded search or read of a person's data: who asked, what, for which purpose.
struct AuditRecord {
  std::string action;  // "IDENTIFY", "VERIFY", "ERASE", "DECIDE", ...
  std::string caller;
  std::string purpose;
  std::string detail;  // ids and numbers, never a biometric or a name
};

}  // namespace distinct::ledger
