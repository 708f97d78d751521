// What the ledger keeps. Plain data; the bytes on disk are specified in FORMAT.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/ids.h"
#include "matchers/modality.h"
#include "matchers/types.h"

namespace distinct::ledger {

// States of an enrolment: kOpen -> any other; kReview -> kUnique, kDuplicate, kWithdrawn.
// Nothing else, ever.
enum class DecisionKind : uint8_t {
  kOpen = 0,
  kUnique = 1,
  kDuplicate = 2,
  kReview = 3,
  kRefused = 4,
  kWithdrawn = 5,
};

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

// Something an operator should know: an upper-case code, and a sentence with the next step.
// Codes: MULTIPLE_ORIGINALS, SAMPLES_OF_ONE_POSITION_DIFFER, PROCESSING_FAILED,
// NO_USABLE_SAMPLE, SAMPLE_UNUSABLE, FACES_DISABLED.
struct Finding {
  std::string code;
  std::string text;
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
};

// One enrolment as appended; never changed afterwards.
struct Enrolment {
  Ticket ticket = kNoTicket;
  EnrolmentId id;
  std::string external_ref;
  std::string digest;  // HMAC-SHA-256 over the content, keyed by the store: same id, same digest
  std::vector<Template> templates;  // of all samples; up to three of one position
  std::vector<MissingPosition> missing;
  std::vector<Finding> findings;                // of extraction
  std::map<std::string, std::string> metadata;  // capture station, operator, ...
  std::string caller;                           // certificate subject, else "unauthenticated local"
  PolicyVersion policy{1};
  absl::Time appended_at;
};

// Where an enrolment stands now: its decision, and whether it was erased since.
struct State {
  Ticket ticket = kNoTicket;
  EnrolmentId id;
  Decision decision;
  Ticket closed_at = kNoTicket;  // number of the ERASE entry, set once
};

enum class EntryKind : uint8_t { kEnrol = 1, kErase = 2 };

// One numbered entry, as the gallery's follower sees it.
struct Entry {
  Ticket ticket = kNoTicket;
  EntryKind kind = EntryKind::kEnrol;
  // kEnrol: the templates; none if refused at once (never a candidate) or erased since.
  std::vector<Template> templates;
  // kErase: every enrolment that closes with it (target, and all whose root is the target).
  std::vector<Ticket> closed;
};

enum class EventKind : uint8_t { kDecided = 1, kErased = 2 };

struct FeedEvent {
  FeedSequence sequence{0};
  EventKind kind = EventKind::kDecided;
  State state;  // as of now, not as of the event
  std::string external_ref;
};

// A recorded search or read of a person's data: who asked, what, for which purpose.
struct AuditRecord {
  std::string action;  // "IDENTIFY", "VERIFY", "ERASE", "DECIDE", ...
  std::string caller;
  std::string purpose;
  std::string detail;  // ids and numbers, never a biometric or a name
};

}  // namespace distinct::ledger
